import { randomBytes, randomUUID } from 'node:crypto';
import type { Channel } from '../../channels/channel.port.js';
import { createAccessCommands, type AccessCommands } from '../../commands/access/access.commands.js';
import type { CampaignsDeps } from '../../commands/campaigns/campaigns-deps.js';
import { createCampaigns, type CampaignsModule } from '../../commands/campaigns/create-campaigns.js';
import { engineEvent } from '../../commands/engine-event.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { JsonObject } from '../../contracts/json.js';
import type { CampaignRunStatus } from '../../contracts/read-models/campaign-runs.port.js';
import { funnelOf, type Funnel } from '../../domain/campaign/funnel.js';
import { isoInstant } from '../../runtime/clock.js';
import type { Runner } from '../../runtime/runner.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { createPeople, type NewCustomer } from './campaign-people.js';
import { openSurroundings, type SurroundingsOptions } from './campaign-surroundings.js';
import { PATIENCE_MS } from './patience.js';

export const WORKSPACE = 'w1';
export const SEGMENT = 'seg1';

/** Campaigns on embedded stores in a folder of their own, with the saga running. */
export interface CampaignsUnderTest {
  readonly folder: string;
  readonly eventStore: EventStore;
  readonly runner: Runner;
  readonly deps: CampaignsDeps;
  readonly module: CampaignsModule;
  readonly context: () => { readonly workspace: string; readonly actor: string; readonly at: string };
  readonly access: AccessCommands;
  readonly people: ReturnType<typeof createPeople>;
  /** Customers who are all in the segment, folded. */
  populate(customers: readonly NewCustomer[]): Promise<void>;
  defineSegment(members: readonly string[]): Promise<void>;
  archiveSegment(): Promise<void>;
  /** A template and a campaign to the segment; answers the campaign's id. */
  defineCampaign(over?: JsonObject): Promise<string>;
  launch(campaignId: string): Promise<string>;
  untilRun(runId: string, state: CampaignRunStatus, withinMs?: number): Promise<void>;
  /** Resolves when so many events of the type stand in the log. */
  untilEvents(type: string, count: number): Promise<void>;
  funnel(runId: string): Promise<Funnel>;
  /** Resolves when everything in the log is folded. */
  settle(): Promise<void>;
  stream(name: string): Promise<readonly RecordedEvent[]>;
  events(type: string): Promise<readonly RecordedEvent[]>;
  /** Ends the saga and begins another, as after a restart; with another channel if given. */
  restart(channel?: Channel): Promise<void>;
  dispose(): Promise<void>;
}

const MODELS = ['profiles', 'workspaces', 'campaigns', 'campaign-runs', 'messages', 'suppressions', 'templates'] as const;
const CHUNK = 5_000;

async function collect(events: AsyncIterable<RecordedEvent>): Promise<readonly RecordedEvent[]> {
  const all: RecordedEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** Opens it. */
export async function openCampaigns(options: SurroundingsOptions = {}): Promise<CampaignsUnderTest> {
  const surroundings = await openSurroundings(options);
  const { deps, runner, eventStore, folder } = surroundings;
  const context = () => ({ workspace: WORKSPACE, actor: 'tester', at: isoInstant(deps.clock()) });
  const people = createPeople({ eventStore, vault: deps.vault, context });
  let module = createCampaigns(deps);
  const access = createAccessCommands({ eventStore, randomBytes });
  const created = await access.createWorkspace({ name: 'Shop', timeZone: 'UTC' }, context());
  await runner.waitFor('workspaces', created, PATIENCE_MS);
  await module.saga.start();

  async function settle(): Promise<void> {
    const head = await eventStore.head();
    for (const name of MODELS) await runner.waitFor(name, head, PATIENCE_MS);
  }

  async function segmentEvents(events: readonly (readonly [string, JsonObject])[]): Promise<void> {
    const made = events.map(([type, data]) => engineEvent({ id: randomUUID(), type, data, ...context() }));
    await eventStore.appendOnce(streamName('segment', WORKSPACE, SEGMENT), -1n, made);
  }

  async function defineSegment(members: readonly string[]): Promise<void> {
    const rule = { type: 'attribute', field: 'plan', op: 'eq', value: 'gold' };
    const evaluation = { evaluation_id: 'v1', segment_revision: 1 };
    const chunks: (readonly [string, JsonObject])[] = [];
    for (let at = 0; at < members.length; at += CHUNK) {
      const entered = members.slice(at, at + CHUNK);
      chunks.push(['segment.evaluated', { ...evaluation, chunk: chunks.length + 1, entered, exited: [] }]);
    }
    await segmentEvents([
      ['segment.defined', { name: 'All', rule, revision: 1 }],
      ['segment.evaluation_started', { ...evaluation, cause: 'saved', at: context().at }],
      ...chunks,
      ['segment.evaluation_finished', { evaluation_id: 'v1', members: members.length }],
    ]);
  }

  return {
    folder,
    eventStore,
    runner,
    deps,
    access,
    people,
    context,
    settle,
    defineSegment,
    get module() {
      return module;
    },
    async populate(customers) {
      await people.add(customers);
      await defineSegment(customers.map(({ id }) => id));
      await settle();
    },
    archiveSegment: () => segmentEvents([['segment.archived', { revision: 2 }]]),
    async defineCampaign(over = {}) {
      const subject = 'Hi {{ first_name | default: "there" }}';
      const content = { name: 'Hello', subject, html: '<p>Hello {{ first_name | default: "you" }}</p>' };
      const template = await module.templates.define(content, context());
      const from = 'Shop <hello@shop.example>';
      const definition = { name: 'Hello gold', segment: SEGMENT, template: template.id, channel: 'email', from };
      return (await module.campaigns.define({ ...definition, ...over }, context())).id;
    },
    launch: async (campaignId) => (await module.campaigns.launch(campaignId, context())).run_id,
    async untilRun(runId, state, withinMs = PATIENCE_MS) {
      const isReached = async (): Promise<boolean> => {
        await settle();
        return (await deps.runs.get(WORKSPACE, runId))?.state === state;
      };
      const signal = AbortSignal.timeout(withinMs);
      for await (const message of eventStore.subscribe({ after: -1n, categories: ['campaign_run'], signal })) {
        const mayBe = message.kind === 'caught_up' || (message.kind === 'event' && message.event.stream.endsWith(runId));
        if (mayBe && (await isReached())) return;
      }
      const found = await deps.runs.get(WORKSPACE, runId);
      throw new Error(`Expected run ${runId} to be ${state}; it is ${String(found?.state)}.`);
    },
    async untilEvents(type, count) {
      let seen = 0;
      for await (const message of eventStore.subscribe({ after: -1n, signal: AbortSignal.timeout(PATIENCE_MS) })) {
        if (message.kind === 'event' && message.event.type === type) seen += 1;
        if (seen >= count) return;
      }
      throw new Error(`Expected ${count} events ${type} in good time, found ${seen}.`);
    },
    async funnel(runId) {
      await settle();
      return funnelOf(await deps.messages.summaries(WORKSPACE, runId));
    },
    stream: (name) => collect(eventStore.readStream(name)),
    events: async (type) => (await collect(eventStore.readAll({ after: -1n }))).filter((event) => event.type === type),
    async restart(next) {
      await module.saga.stop();
      if (next !== undefined) surroundings.useChannel(next);
      module = createCampaigns(deps);
      await module.saga.start();
    },
    async dispose() {
      await module.saga.stop();
      await surroundings.close();
    },
  };
}
