import type { ForgetKey, KeyUses } from '../api/credentials.port.js';
import type { OutboxPages } from '../api/outbox.port.js';
import type { ReadConsistency } from '../api/read-consistency.js';
import type { ApiRoutes } from '../api/route-config.js';
import { accessRoutes } from '../api/routes/access.routes.js';
import { campaignFamilyRoutes } from '../api/routes/campaign-family.routes.js';
import { createReveals } from '../api/reveal.js';
import { customerExportRoutes } from '../api/routes/customer-export.routes.js';
import { consentRoutes } from '../api/routes/consent.routes.js';
import { customersRoutes } from '../api/routes/customers.routes.js';
import { deadLettersRoutes } from '../api/routes/dead-letters.routes.js';
import { erasuresRoutes } from '../api/routes/erasures.routes.js';
import { eventsRoutes } from '../api/routes/events.routes.js';
import { importsRoutes } from '../api/routes/imports.routes.js';
import { ingestStatisticsRoutes } from '../api/routes/ingest-statistics.routes.js';
import { keysRoutes } from '../api/routes/keys.routes.js';
import { mergesRoutes } from '../api/routes/merges.routes.js';
import { projectionsRoutes } from '../api/routes/projections.routes.js';
import { segmentProtocolRoutes } from '../api/routes/segment-protocol.routes.js';
import { segmentsRoutes } from '../api/routes/segments.routes.js';
import { sourcesRoutes } from '../api/routes/sources.routes.js';
import { tailRoutes } from '../api/routes/tail.routes.js';
import type { DeadLetterKind } from '../contracts/read-models/dead-letters.port.js';
import { createPersonalData } from '../projections/customers/personal-data.js';
import { replayPlan } from '../commands/tracking-plans/replay-plan.js';
import { createEventLog } from '../projections/event-log/event-log.queries.js';
import type { Clock } from '../runtime/clock.js';
import type { Decoder } from '../runtime/decode.js';
import type { Runner } from '../runtime/runner.js';
import type { EventStore } from '../stores/event-store/event-store.port.js';
import { drivenHere } from './driven-here.js';
import type { Modules } from './modules.js';
import type { ReadModels } from './read-models.js';

export interface RoutesOptions {
  readonly eventStore: EventStore;
  readonly decoder: Decoder;
  readonly modules: Modules;
  readonly models: ReadModels;
  readonly runner: Runner;
  readonly reads: ReadConsistency;
  readonly forgetKey: ForgetKey;
  readonly keyUses: Pick<KeyUses, 'of'>;
  readonly clock: Clock;
  /** Absent where messages leave the machine. */
  readonly outbox?: OutboxPages;
}

/** Which read models dead letters of a kind are in; those of projections are in whichever could not fold. */
function letterModels({ names }: Pick<Runner, 'names'>): (kind: DeadLetterKind) => readonly string[] {
  const models = { ingest: ['quarantine'], webhook: ['quarantine'], message: ['messages'], projection: names };
  return (kind) => models[kind];
}

/** Every route of the API but those of the system itself. */
export function composeRoutes(options: RoutesOptions): readonly ApiRoutes[] {
  const { eventStore, decoder, modules, models, runner, reads, forgetKey, keyUses, clock, outbox } = options;
  const { ingest, tallies, imports, access, customers, consent, deadLetters, direct } = modules;
  const shared = { storeId: eventStore.id, reads, clock };
  const reveals = createReveals({ recordReveal: modules.recordReveal, clock });
  return [
    eventsRoutes({ ...shared, ingest, imports, tallies }),
    segmentProtocolRoutes({ ...shared, ingest }),
    importsRoutes({ ...shared, commands: imports, imports: models.imports }),
    accessRoutes({ ...shared, commands: access, workspaces: models.workspaces }),
    keysRoutes({ ...shared, commands: access, forgetKey, keys: models.apiKeys, uses: keyUses }),
    customersRoutes({ customers, reads, reveals }),
    customerExportRoutes({
      ...shared,
      customers,
      personalData: createPersonalData({ eventStore, decoder, direct }),
      membersOf: (workspace, customerId) => models.people.membersOf(workspace, customerId),
      reveals,
    }),
    erasuresRoutes({ ...shared, commands: modules.erasures, erasures: models.erasures }),
    mergesRoutes({ ...shared, commands: modules.merges }),
    ingestStatisticsRoutes({ statistics: models.statistics, reads }),
    sourcesRoutes({
      ...shared,
      commands: modules.trackingPlans,
      plans: models.trackingPlans,
      violations: modules.planViolations,
      replay: (options) => replayPlan({ eventStore, decoder }, options),
    }),
    projectionsRoutes({ ...shared, runner: drivenHere(runner) }),
    deadLettersRoutes({ ...shared, sources: deadLetters, modelsOf: letterModels(runner) }),
    segmentsRoutes({ ...shared, ...models, commands: modules.segments, previews: modules.previews, customers }),
    campaignFamilyRoutes({ ...shared, commands: modules.campaigns, models, ...(outbox === undefined ? {} : { outbox }) }),
    consentRoutes({ ...shared, ...consent, reveals, commands: { consent: consent.commands, access } }),
    tailRoutes({ ...shared, log: createEventLog({ eventStore, decoder, direct }) }),
  ];
}
