import type { Registry } from 'prom-client';
import type { Channel } from '../channels/channel.port.js';
import { createAccessCommands, type AccessCommands } from '../commands/access/access.commands.js';
import { createProjectionDeadLetters } from '../commands/dead-letters/projection-dead-letters.js';
import { createQuarantineDeadLetters } from '../commands/dead-letters/quarantine-dead-letters.js';
import { resendToIngest, resendToWebhooks } from '../commands/dead-letters/resend.js';
import { createImportTallies, type ImportTallies } from '../commands/imports/import-tallies.js';
import { createImportCommands, type ImportCommands } from '../commands/imports/imports.commands.js';
import { createRecordReveal, type RecordReveal } from '../commands/privacy/record-reveal.js';
import type { Ingest } from '../commands/ingest/ingest.js';
import { createMergeCommands, type MergeCommands } from '../commands/identity/merge.commands.js';
import { createSegmentPreviews, type SegmentPreviews } from '../commands/segments/preview.js';
import { createRuleHashes } from '../commands/segments/rule-hashes.js';
import { createSegmentCommands, type SegmentCommands } from '../commands/segments/segments.commands.js';
import { createTrackingPlanCommands, type TrackingPlanCommands } from '../commands/tracking-plans/tracking-plans.commands.js';
import type { Customers } from '../contracts/read-models/customers.port.js';
import type { DeadLetterKind, DeadLetters } from '../contracts/read-models/dead-letters.port.js';
import type { PlanViolations } from '../contracts/read-models/plan-violations.port.js';
import type { CountryCode } from '../domain/identity/normalisers.js';
import { createPlanViolations } from '../projections/ingest-statistics/plan-violations.queries.js';
import { createCustomers } from '../projections/customers/customers.queries.js';
import type { Clock } from '../runtime/clock.js';
import type { Decoder } from '../runtime/decode.js';
import { createDirectValues, type DirectValues } from '../runtime/direct-values.js';
import type { Logger } from '../runtime/logger.js';
import type { Runner } from '../runtime/runner.js';
import type { Scheduler } from '../runtime/scheduler.js';
import { createRandomBytes } from '../stores/vault/random-bytes.js';
import { composeCampaigns, type ComposedCampaigns } from './campaigns.js';
import type { Config } from './config.js';
import { composeConsent, type ComposedConsent } from './consent.js';
import { drivenHere } from './driven-here.js';
import { composeErasures, type ComposedErasures } from './erasures.js';
import { composeIngest } from './ingest.js';
import type { Stores } from './stores.js';
import type { ReadModels } from './read-models.js';

export interface ModulesOptions {
  readonly config: Config;
  readonly stores: Stores;
  readonly models: ReadModels;
  readonly runner: Runner;
  readonly decoder: Decoder;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly publicUrl: () => string;
  readonly decorateChannel: (channel: Channel) => Channel;
}

/** What the engine does, and what it shows beside its read models. */
export interface Modules {
  readonly ingest: Ingest;
  readonly trackingPlans: TrackingPlanCommands;
  readonly planViolations: PlanViolations;
  readonly access: AccessCommands;
  readonly tallies: ImportTallies;
  readonly imports: ImportCommands;
  readonly customers: Customers;
  readonly merges: MergeCommands;
  readonly segments: SegmentCommands;
  readonly previews: SegmentPreviews;
  readonly campaigns: ComposedCampaigns;
  readonly erasures: ComposedErasures;
  readonly recordReveal: RecordReveal;
  readonly consent: ComposedConsent;
  readonly deadLetters: Readonly<Record<DeadLetterKind, DeadLetters>>;
  readonly direct: DirectValues;
}

/** How long a person who merges waits for the profiles to include what is in the log. */
const MERGE_WAIT_MS = 10_000;

/** Gives each module the ports it needs. */
export async function composeModules(options: ModulesOptions): Promise<Modules> {
  const { stores, models, metrics, clock, newId, runner } = options;
  const { eventStore, documentStore, vault } = stores;
  const randomBytes = createRandomBytes();
  const direct = createDirectValues({ vault });
  const tallies = createImportTallies(documentStore);
  await tallies.open();
  const defaultCountryOf = async (workspace: string): Promise<CountryCode> =>
    // Countries are checked when they are set; the library takes any two letters.
    ((await models.workspaces.settingsOf(workspace))?.default_country ?? 'ID') as CountryCode;
  const { ingest, forgetOwners } = composeIngest({
    stores,
    workspaces: models.workspaces,
    trackingPlans: models.trackingPlans,
    metrics,
    clock,
    randomBytes,
  });
  const ruleHashes = createRuleHashes({ vault, defaultCountryOf });
  const campaigns = await composeCampaigns({ ...options, direct, randomBytes });
  const kept = { eventStore, vault, quarantine: models.quarantine, randomBytes };
  return {
    ingest,
    trackingPlans: createTrackingPlanCommands({ eventStore }),
    planViolations: createPlanViolations({
      statistics: { documents: documentStore, collection: () => runner.readModel('ingest-statistics').collection() },
      eventStore,
      decoder: options.decoder,
      direct,
    }),
    access: createAccessCommands({ eventStore, randomBytes }),
    tallies,
    imports: createImportCommands({ eventStore, tallies, newId }),
    customers: createCustomers({
      ...options,
      eventStore,
      direct,
      vault,
      defaultCountryOf,
      profiles: models.merged,
      people: models.people,
      segments: models.segments,
    }),
    merges: createMergeCommands({
      ...options,
      ...models,
      eventStore,
      vault,
      randomBytes,
      fallbackZone: options.config.timeZone,
      waitForProfiles: (position) => runner.waitFor('profiles', position, MERGE_WAIT_MS),
    }),
    segments: createSegmentCommands({ eventStore, hashes: ruleHashes, newId }),
    previews: createSegmentPreviews({
      ...models,
      profiles: models.merged,
      hashes: ruleHashes,
      fallbackZone: options.config.timeZone,
      clock,
    }),
    campaigns,
    erasures: composeErasures({
      ...options,
      ...models,
      eventStore,
      vault,
      documents: documentStore,
      channels: campaigns.channels,
      clusterOf: (workspace, customerId) => models.people.membersOf(workspace, customerId),
      forgetOwners,
      randomBytes,
    }),
    recordReveal: createRecordReveal({ eventStore, vault, randomBytes, newId }),
    consent: composeConsent({
      ...options,
      clusterOf: (workspace, customerId) => models.people.membersOf(workspace, customerId),
      direct,
      randomBytes,
    }),
    deadLetters: {
      ingest: createQuarantineDeadLetters({ ...kept, kind: 'ingest', resend: resendToIngest(ingest) }),
      webhook: createQuarantineDeadLetters({ ...kept, kind: 'webhook', resend: resendToWebhooks(campaigns.webhooks) }),
      projection: createProjectionDeadLetters(drivenHere(runner).deadLetters),
      message: campaigns.deadLetters,
    },
    direct,
  };
}
