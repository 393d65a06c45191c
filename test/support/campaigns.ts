import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Channel } from '../../channels/channel.port.js';
import { mailgunWebhooks } from '../../channels/mailgun/mailgun-webhook-reader.js';
import { openOutbox } from '../../channels/outbox/outbox.channel.js';
import { openLiquidRenderer } from '../../channels/rendering/liquid/liquid.renderer.js';
import type { Renderer } from '../../channels/rendering/renderer.port.js';
import { createAccessCommands } from '../../commands/access/access.commands.js';
import type { CampaignsDeps } from '../../commands/campaigns/campaigns-deps.js';
import { createCampaigns, type CampaignsModule } from '../../commands/campaigns/create-campaigns.js';
import { engineEvent } from '../../commands/engine-event.js';
import type { NewEvent, RecordedEvent } from '../../contracts/events/event.js';
import { findContract } from '../../contracts/events/registry.js';
import { streamName } from '../../contracts/events/streams.js';
import type { JsonObject } from '../../contracts/json.js';
import type { Members } from '../../contracts/read-models/members.port.js';
import type { CampaignRunStatus } from '../../contracts/read-models/campaign-runs.port.js';
import { funnelOf, type Funnel } from '../../domain/campaign/funnel.js';
import { engineId } from '../../domain/ids.js';
import { keyedHash } from '../../domain/identity/keyed-hash.js';
import { createWorkspaces } from '../../projections/access/access.queries.js';
import { workspacesProjection } from '../../projections/access/workspaces.projection.js';
import { campaignProjections } from '../../projections/campaign-projections.js';
import { createCampaignRuns } from '../../projections/campaign-runs/campaign-runs.queries.js';
import { createCampaignQueries } from '../../projections/campaigns/campaigns.queries.js';
import { createMessages } from '../../projections/messages/messages.queries.js';
import { createProfilesProjection } from '../../projections/profiles/profiles.projection.js';
import { createProfiles } from '../../projections/profiles/profiles.queries.js';
import { createSuppressions } from '../../projections/suppressions/suppressions.queries.js';
import { createTemplates } from '../../projections/templates/templates.queries.js';
import { isoInstant } from '../../runtime/clock.js';
import { createDecoder } from '../../runtime/decode.js';
import { createDirectValues } from '../../runtime/direct-values.js';
import { silentLogger, type Logger } from '../../runtime/logger.js';
import type { Projection } from '../../runtime/projection.js';
import { createRunner, type Runner } from '../../runtime/runner.js';
import { createScheduler, type Scheduler } from '../../runtime/scheduler.js';
import { openEmbeddedDocumentStore } from '../../stores/document-store/embedded/open-embedded-document-store.js';
import { openEmbeddedEventStore } from '../../stores/event-store/embedded/open-embedded-event-store.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { openEmbeddedVault } from '../../stores/vault/embedded/embedded-vault.js';
import { createRandomBytes } from '../../stores/vault/random-bytes.js';
import { sealBody } from '../../stores/vault/sealing.js';
import type { Vault } from '../../stores/vault/vault.port.js';

export const WORKSPACE = 'w1';
export const SEGMENT = 'seg1';

/** A customer to be stored; without an e-mail there is nobody to write to. */
export interface NewCustomer {
  readonly id: string;
  readonly email?: string;
  readonly firstName?: string;
  readonly attributes?: JsonObject;
}

/** So many customers with an address each: `c00000`, `c00001`, … */
export function people(count: number): readonly (NewCustomer & { readonly email: string })[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `c${String(index).padStart(5, '0')}`;
    return { id, email: `${id}@mail.example`, firstName: `Name${index}` };
  });
}

/** A clock that runs, and that a test can move forward. */
export function movableClock(): { readonly clock: () => number; forward(ms: number): void } {
  let ahead = 0;
  return {
    clock: () => Date.now() + ahead,
    forward: (ms) => {
      ahead += ms;
    },
  };
}

/** Campaigns on embedded stores in a folder of their own. */
export interface CampaignsUnderTest {
  readonly folder: string;
  readonly eventStore: EventStore;
  readonly vault: Vault;
  readonly runner: Runner;
  readonly deps: CampaignsDeps;
  readonly module: CampaignsModule;
  readonly scheduler: Scheduler;
  readonly context: () => { readonly workspace: string; readonly actor: string; readonly at: string };
  /** Customers who are all in the segment, folded. */
  populate(customers: readonly NewCustomer[]): Promise<void>;
  addCustomers(customers: readonly NewCustomer[]): Promise<void>;
  updateEmail(customerId: string, email: string): Promise<void>;
  withdraw(customerId: string): Promise<bigint>;
  defineSegment(members: readonly string[]): Promise<void>;
  archiveSegment(): Promise<void>;
  /** A template and a campaign to the segment; answers the campaign's id. */
  defineCampaign(over?: JsonObject): Promise<string>;
  launch(campaignId: string): Promise<string>;
  /** Resolves when the run is in the state. */
  untilRun(runId: string, state: CampaignRunStatus): Promise<void>;
  funnel(runId: string): Promise<Funnel>;
  settle(): Promise<void>;
  stream(name: string): Promise<readonly RecordedEvent[]>;
  events(type: string): Promise<readonly RecordedEvent[]>;
  /** Resolves when so many events of the type stand in the log. */
  untilEvents(type: string, count: number): Promise<void>;
  /** Ends the saga and begins another, as after a restart; with another channel if given. */
  restart(channel?: Channel): Promise<void>;
  dispose(): Promise<void>;
}

export interface CampaignsUnderTestOptions {
  readonly channel?: (folder: string, clock: () => number) => Promise<Channel>;
  readonly clock?: () => number;
  readonly eventStore?: (store: EventStore) => EventStore;
  readonly logger?: Logger;
  readonly renderer?: Renderer;
  readonly random?: () => number;
}

/** Opens it with the saga running. */
export async function openCampaigns(options: CampaignsUnderTestOptions = {}): Promise<CampaignsUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'cebe-campaigns-'));
  const clock = options.clock ?? Date.now;
  const opened = await openEmbeddedEventStore({ file: join(folder, 'log.sqlite') });
  const eventStore = options.eventStore?.(opened.store) ?? opened.store;
  const documents = await openEmbeddedDocumentStore({ file: join(folder, 'documents.sqlite'), clock });
  const vault = await openEmbeddedVault({
    file: join(folder, 'vault.sqlite'),
    vaultKey: { version: 1, key: new Uint8Array(32).fill(7) },
  });
  const profilesProjection = createProfilesProjection({
    zoneOf: () => 'UTC',
    measuresOf: (type) => findContract(type)?.measures ?? [],
  });
  const entries = [profilesProjection, workspacesProjection] as unknown as readonly Projection<JsonObject>[];
  const runner = createRunner({
    eventStore: opened.store,
    documentStore: documents,
    decode: createDecoder({ vault }).decode,
    clock,
    logger: silentLogger,
    projections: [...entries.map((projection) => ({ projection })), ...campaignProjections],
    engineId,
    holder: 'test',
    // Tests move the clock by more than a process may be silent.
    leaseTtlMs: 30 * 86_400_000,
    onLost: () => undefined,
  });
  await runner.start();
  const source = (name: string) => ({ documents, collection: () => runner.readModel(name).collection() });
  const profiles = createProfiles(source('profiles'));
  const scheduler = createScheduler(clock);
  let channel = await (options.channel?.(folder, clock) ?? openOutbox({ folder: join(folder, 'outbox'), clock }));
  const renderer = options.renderer ?? openLiquidRenderer();
  const deps: CampaignsDeps = {
    eventStore,
    documents,
    vault,
    clock,
    scheduler,
    logger: options.logger ?? silentLogger,
    newId: randomUUID,
    random: options.random ?? (() => 1),
    randomBytes: createRandomBytes(),
    directValues: createDirectValues({ vault }),
    renderer,
    get channels() {
      return { email: channel };
    },
    webhooks: { mailgun: mailgunWebhooks },
    publicUrl: () => 'https://cebe.example',
    testFrom: 'Test <test@shop.example>',
    waitFor: (model, position, waitMs) => runner.waitFor(model, position, waitMs),
    campaigns: createCampaignQueries(source('campaigns')),
    runs: createCampaignRuns(source('campaign-runs')),
    messages: createMessages(source('messages')),
    members: membersOf(profiles, (position, waitMs = 2_000) => runner.waitFor('profiles', position, waitMs)),
    profiles,
    suppressions: createSuppressions(source('suppressions')),
    workspaces: createWorkspaces(source('workspaces')),
  };
  let module = createCampaigns(deps);
  const context = () => ({ workspace: WORKSPACE, actor: 'tester', at: isoInstant(clock()) });
  const access = createAccessCommands({ eventStore: opened.store, randomBytes });
  const created = await access.createWorkspace({ name: 'Shop', timeZone: 'UTC' }, context());
  await runner.waitFor('workspaces', created, 5_000);
  await module.saga.start();
  const lookUp = await vault.secret(WORKSPACE, 'look_up');
  const hashOf = (email: string): string => keyedHash(lookUp, 'email', email.trim().toLowerCase());

  async function customerEvent(type: string, customer: NewCustomer): Promise<NewEvent> {
    const subject = `customer/${customer.id}`;
    const key = (await vault.ensureKeys(WORKSPACE, [subject])).get(subject);
    const id = randomUUID();
    const { email, firstName, attributes = {} } = customer;
    const direct = { ...(email === undefined ? {} : { email }), ...(firstName === undefined ? {} : { first_name: firstName }) };
    const hashes = email === undefined ? {} : { email: hashOf(email) };
    const sealing = { workspace: WORKSPACE, subject, eventId: id, key, randomBytes };
    const data = sealBody({ plain: {}, hashes, direct, quasi: attributes }, sealing);
    const event = engineEvent({ id, type, data, ...context() });
    return { ...event, metadata: { ...event.metadata, source: 'cdp' } };
  }

  async function settle(): Promise<void> {
    const head = await opened.store.head();
    for (const name of ['profiles', 'workspaces', 'campaigns', 'campaign-runs', 'messages', 'suppressions', 'templates']) {
      await runner.waitFor(name, head, 30_000);
    }
  }

  async function segmentEvents(events: readonly (readonly [string, JsonObject])[]): Promise<void> {
    const stream = streamName('segment', WORKSPACE, SEGMENT);
    const made = events.map(([type, data]) => engineEvent({ id: randomUUID(), type, data, ...context() }));
    await opened.store.appendOnce(stream, -1n, made);
  }

  async function addCustomers(customers: readonly NewCustomer[]): Promise<void> {
    await vault.ensureKeys(
      WORKSPACE,
      customers.map(({ id }) => `customer/${id}`),
    );
    for (let at = 0; at < customers.length; at += 500) {
      const page = await Promise.all(
        customers
          .slice(at, at + 500)
          .map(async (customer) => [customer.id, await customerEvent('customer.created', customer)] as const),
      );
      await Promise.all(
        page.map(([id, event]) => opened.store.append(streamName('customer', WORKSPACE, id), 'no_stream', [event])),
      );
    }
  }

  async function defineSegment(members: readonly string[]): Promise<void> {
    const chunks: (readonly [string, JsonObject])[] = [];
    for (let at = 0; at < members.length; at += 5_000) {
      const entered = members.slice(at, at + 5_000);
      chunks.push([
        'segment.evaluated',
        { evaluation_id: 'v1', chunk: chunks.length + 1, segment_revision: 1, entered, exited: [] },
      ]);
    }
    await segmentEvents([
      ['segment.defined', { name: 'All', rule: { type: 'attribute', field: 'plan', op: 'eq', value: 'gold' }, revision: 1 }],
      ['segment.evaluation_started', { evaluation_id: 'v1', segment_revision: 1, cause: 'saved', at: isoInstant(clock()) }],
      ...chunks,
      ['segment.evaluation_finished', { evaluation_id: 'v1', members: members.length }],
    ]);
  }

  const collect = async (events: AsyncIterable<RecordedEvent>): Promise<readonly RecordedEvent[]> => {
    const all: RecordedEvent[] = [];
    for await (const event of events) all.push(event);
    return all;
  };
  const events = async (type: string): Promise<readonly RecordedEvent[]> =>
    (await collect(opened.store.readAll({ after: -1n }))).filter((event) => event.type === type);

  return {
    folder,
    eventStore: opened.store,
    vault,
    runner,
    deps,
    get module() {
      return module;
    },
    scheduler,
    context,
    async populate(customers) {
      await addCustomers(customers);
      await defineSegment(customers.map(({ id }) => id));
      await settle();
    },
    addCustomers,
    async updateEmail(id, email) {
      const event = await customerEvent('customer.updated', { id, email });
      await opened.store.appendOnce(streamName('customer', WORKSPACE, id), -1n, [event]);
    },
    async withdraw(id) {
      const data = { channel: 'email', purpose: 'marketing', via: 'form' };
      const event = engineEvent({ id: randomUUID(), type: 'consent.withdrawn', data, ...context() });
      const [stored] = await opened.store.appendOnce(streamName('customer', WORKSPACE, id), -1n, [event]);
      return stored?.revision ?? -1n;
    },
    defineSegment,
    archiveSegment: () => segmentEvents([['segment.archived', { revision: 2 }]]),
    async defineCampaign(over = {}) {
      const content = {
        name: 'Hello',
        subject: 'Hi {{ first_name | default: "there" }}',
        html: '<p>Hello {{ first_name | default: "you" }}</p>',
      };
      const template = await module.templates.define(content, context());
      const definition = {
        name: 'Hello gold',
        segment: SEGMENT,
        template: template.id,
        channel: 'email',
        from: 'Shop <hello@shop.example>',
      };
      return (await module.campaigns.define({ ...definition, ...over }, context())).id;
    },
    launch: async (campaignId) => (await module.campaigns.launch(campaignId, context())).run_id,
    async untilRun(runId, state) {
      const signal = AbortSignal.timeout(60_000);
      const isReached = async (): Promise<boolean> => {
        await settle();
        return (await deps.runs.get(WORKSPACE, runId))?.state === state;
      };
      if (await isReached()) return;
      for await (const message of opened.store.subscribe({ after: -1n, categories: ['campaign_run'], signal })) {
        if (message.kind === 'event' && message.event.stream.endsWith(runId) && (await isReached())) return;
        if (message.kind === 'caught_up' && (await isReached())) return;
      }
      throw new Error(`Expected run ${runId} to be ${state}; it is ${String((await deps.runs.get(WORKSPACE, runId))?.state)}.`);
    },
    async funnel(runId) {
      await settle();
      return funnelOf(await deps.messages.summaries(WORKSPACE, runId));
    },
    settle,
    stream: (name) => collect(opened.store.readStream(name)),
    events,
    async untilEvents(type, count) {
      let seen = 0;
      if (count === 0) return;
      for await (const message of opened.store.subscribe({ after: -1n, signal: AbortSignal.timeout(25_000) })) {
        if (message.kind === 'event' && message.event.type === type) seen += 1;
        if (seen === count) return;
      }
      throw new Error(`Expected ${count} events ${type} within 25 s, found ${seen}.`);
    },
    async restart(next) {
      await module.saga.stop();
      if (next !== undefined) channel = next;
      module = createCampaigns(deps);
      await module.saga.start();
    },
    async dispose() {
      await module.saga.stop();
      scheduler.stop();
      await channel.close();
      await renderer.close();
      await runner.stop();
      await documents.close();
      await opened.store.close();
      await vault.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Members as profiles tell them. */
function membersOf(profiles: CampaignsDeps['profiles'], waitFor: Members['waitFor']): Members {
  const filterOf = (segmentId: string) => ({ kind: 'exists', path: ['segments', segmentId] }) as const;
  const walkProfiles: Members['walkProfiles'] = async (workspace, segmentId, { afterId, limit }) => {
    const behind = afterId === undefined ? {} : { after: afterId };
    return profiles.page(workspace, { filter: filterOf(segmentId), limit, ...behind });
  };
  return {
    walkProfiles,
    async walk(workspace, segmentId, walk) {
      const page = await walkProfiles(workspace, segmentId, walk);
      return { members: page.profiles.map(({ customer_id }) => ({ customer_id, entered_at: '' })), next: page.next };
    },
    count: (workspace, segmentId) => profiles.count(workspace, filterOf(segmentId)),
    waitFor,
  };
}
