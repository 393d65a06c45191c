import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Channel } from '../../channels/channel.port.js';
import { mailgunWebhooks } from '../../channels/mailgun/mailgun-webhook-reader.js';
import { openOutbox } from '../../channels/outbox/outbox.channel.js';
import { openLiquidRenderer } from '../../channels/rendering/liquid/liquid.renderer.js';
import type { CampaignsDeps } from '../../commands/campaigns/campaigns-deps.js';
import { findContract } from '../../contracts/events/registry.js';
import type { JsonObject } from '../../contracts/json.js';
import { engineId } from '../../domain/ids.js';
import { createWorkspaces } from '../../projections/access/access.queries.js';
import { workspacesProjection } from '../../projections/access/workspaces.projection.js';
import { campaignProjections } from '../../projections/campaign-projections.js';
import { createCampaignRuns } from '../../projections/campaign-runs/campaign-runs.queries.js';
import { createCampaignQueries } from '../../projections/campaigns/campaigns.queries.js';
import { createMembers } from '../../projections/members/members.queries.js';
import { createMessages } from '../../projections/messages/messages.queries.js';
import { createProfilesProjection } from '../../projections/profiles/profiles.projection.js';
import { createPeople } from '../../projections/people/people.queries.js';
import { createProfiles } from '../../projections/profiles/profiles.queries.js';
import { createSuppressions } from '../../projections/suppressions/suppressions.queries.js';
import { createDecoder } from '../../runtime/decode.js';
import { createDirectValues } from '../../runtime/direct-values.js';
import { silentLogger } from '../../runtime/logger.js';
import type { Projection } from '../../runtime/projection.js';
import { createRunner, type Runner } from '../../runtime/runner.js';
import { createScheduler } from '../../runtime/scheduler.js';
import { openEmbeddedDocumentStore } from '../../stores/document-store/embedded/open-embedded-document-store.js';
import { openEmbeddedEventStore } from '../../stores/event-store/embedded/open-embedded-event-store.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { openEmbeddedVault } from '../../stores/vault/embedded/embedded-vault.js';
import { createRandomBytes } from '../../stores/vault/random-bytes.js';

export interface SurroundingsOptions {
  /** Absent: the outbox. */
  readonly channel?: (folder: string, clock: () => number) => Promise<Channel>;
  readonly clock?: () => number;
  /** What campaigns see of the log. */
  readonly eventStore?: (store: EventStore) => EventStore;
}

/** What campaigns work with, on embedded stores in a folder of their own. */
export interface Surroundings {
  readonly folder: string;
  readonly eventStore: EventStore;
  readonly runner: Runner;
  readonly deps: CampaignsDeps;
  useChannel(next: Channel): void;
  close(): Promise<void>;
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

/** Opens stores, projections and everything else but the campaigns themselves. */
export async function openSurroundings({ clock = Date.now, ...options }: SurroundingsOptions): Promise<Surroundings> {
  const folder = await mkdtemp(join(tmpdir(), 'cebe-campaigns-'));
  const { store: eventStore } = await openEmbeddedEventStore({ file: join(folder, 'log.sqlite') });
  const documents = await openEmbeddedDocumentStore({ file: join(folder, 'documents.sqlite'), clock });
  const vaultKey = { version: 1, key: new Uint8Array(32).fill(7) };
  const vault = await openEmbeddedVault({ file: join(folder, 'vault.sqlite'), vaultKey });
  const profilesProjection = createProfilesProjection({
    zoneOf: () => 'UTC',
    measuresOf: (type) => findContract(type)?.measures ?? [],
  });
  // Each folds only its own documents.
  const others = [profilesProjection, workspacesProjection] as unknown as readonly Projection<JsonObject>[];
  const runner = createRunner({
    eventStore,
    documentStore: documents,
    decode: createDecoder({ vault }).decode,
    clock,
    logger: silentLogger,
    projections: [...others.map((projection) => ({ projection })), ...campaignProjections],
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
  const renderer = openLiquidRenderer();
  const deps: CampaignsDeps = {
    eventStore: options.eventStore?.(eventStore) ?? eventStore,
    documents,
    vault,
    clock,
    scheduler,
    logger: silentLogger,
    newId: randomUUID,
    random: () => 1,
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
    members: createMembers({
      ...source('profiles'),
      waitFor: (position, waitMs) => runner.waitFor('profiles', position, waitMs),
    }),
    profiles,
    people: createPeople(profiles),
    suppressions: createSuppressions(source('suppressions')),
    workspaces: createWorkspaces(source('workspaces')),
  };
  return {
    folder,
    eventStore,
    runner,
    deps,
    useChannel: (next) => {
      channel = next;
    },
    async close() {
      scheduler.stop();
      await channel.close();
      await renderer.close();
      await runner.stop();
      await documents.close();
      await eventStore.close();
      await vault.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
