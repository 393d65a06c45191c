import type { Registry } from 'prom-client';
import type { Logger as PinoLogger } from 'pino';
import { buildApi } from '../api/build-api.js';
import { accessRoutes } from '../api/routes/access.routes.js';
import { customersRoutes } from '../api/routes/customers.routes.js';
import { deadLettersRoutes } from '../api/routes/dead-letters.routes.js';
import { eventsRoutes } from '../api/routes/events.routes.js';
import { ingestStatisticsRoutes } from '../api/routes/ingest-statistics.routes.js';
import { projectionsRoutes } from '../api/routes/projections.routes.js';
import { importsRoutes } from '../api/routes/imports.routes.js';
import { tailRoutes } from '../api/routes/tail.routes.js';
import type { Credentials } from '../api/credentials.port.js';
import type { Api } from '../api/route-config.js';
import type { ReadinessCheck } from '../api/routes/system.routes.js';
import { createAccessCommands, type AccessCommands } from '../commands/access/access.commands.js';
import type { Ingest } from '../commands/ingest/ingest.js';
import { createIngestDeadLetters } from '../commands/dead-letters/ingest-dead-letters.js';
import { noDeadLetters } from '../commands/dead-letters/no-dead-letters.js';
import { createProjectionDeadLetters } from '../commands/dead-letters/projection-dead-letters.js';
import { createImportTallies } from '../commands/imports/import-tallies.js';
import { createImportCommands } from '../commands/imports/imports.commands.js';
import { engineId } from '../domain/ids.js';
import { createEventLog } from '../projections/event-log/event-log.queries.js';
import { createCustomers } from '../projections/customers/customers.queries.js';
import type { CountryCode } from '../domain/identity/normalisers.js';
import type { Clock } from '../runtime/clock.js';
import { createDirectValues } from '../runtime/direct-values.js';
import { createScheduler } from '../runtime/scheduler.js';
import { createDecoder } from '../runtime/decode.js';
import { openIdempotencyRecords } from '../runtime/idempotency-records.js';
import { createRunner, type Runner } from '../runtime/runner.js';
import { createRandomBytes } from '../stores/vault/random-bytes.js';
import type { Config } from './config.js';
import { createCredentials } from './credentials.js';
import { composeIngest } from './ingest.js';
import { startJanitor } from './janitor.js';
import { runtimeLogger } from './logger.js';
import { openStores, type Stores } from './open-stores.js';
import { projectionEntries } from './projections.js';
import { createReadConsistency } from './read-consistency.js';
import { createReadModels, type ReadModels } from './read-models.js';
import { readZones } from './zones.js';

const EMBEDDED_LEASE_MS = 30 * 86_400_000;

/** The workspace that the first start makes and that the local admin token commands. */
export const FIRST_WORKSPACE = 'main';

export interface EngineOptions {
  readonly config: Config;
  readonly logger: PinoLogger;
  readonly metrics: Registry;
  readonly version: string;
  /** The local admin token. */
  readonly token: string;
  readonly clock: Clock;
  readonly newId: () => string;
  /** The processors' lease was taken by another process: this one is to end. */
  readonly onLost: () => void;
  /** Stands between the engine and what it is composed of: for tests that watch or kill it at chosen points. */
  readonly decorate?: Decorate;
}

/** Puts something around the ports of an engine; each answers what the engine is to use instead. */
export interface Decorate {
  stores?(stores: Stores): Stores;
}

/** Everything of a process, connected; not listening yet. */
export interface Engine {
  readonly stores: Stores;
  readonly api: Api;
  readonly runner: Runner;
  readonly models: ReadModels;
  readonly ingest: Ingest;
  readonly access: AccessCommands;
  readonly credentials: Credentials;
  /** Ends in the order that loses nothing: requests, processors, stores. */
  close(): Promise<void>;
}

/** Opens the stores, starts the processors and builds the API. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const opened = await openStores(options.config);
  const stores = options.decorate?.stores?.(opened) ?? opened;
  try {
    return await openOn(stores, options);
  } catch (error) {
    await stores.close();
    throw error;
  }
}

async function openOn(stores: Stores, options: EngineOptions): Promise<Engine> {
  const { config, clock, newId, metrics } = options;
  const { eventStore, documentStore, vault } = stores;
  const logger = runtimeLogger(options.logger);
  const randomBytes = createRandomBytes();
  const decoder = createDecoder({ vault });
  const direct = createDirectValues({ vault });
  const runner = createRunner({
    eventStore,
    documentStore,
    decode: decoder.decode,
    clock,
    logger,
    projections: projectionEntries({ zoneOf: await readZones(eventStore, config.timeZone) }),
    engineId,
    // The lock of the data folder keeps other processes out, so a restart takes its own lease over at once.
    holder: 'embedded',
    // For the same reason it may be long: a machine that was asleep goes on where it was.
    leaseTtlMs: EMBEDDED_LEASE_MS,
    onLost: options.onLost,
  });
  const models = createReadModels(runner, documentStore);
  const { workspaces, imports, profiles } = models;
  const tallies = createImportTallies(documentStore);
  await tallies.open();
  const idempotency = await openIdempotencyRecords({ documents: documentStore, clock });

  const ingest = composeIngest({ stores, workspaces, metrics, clock, randomBytes });
  const access = createAccessCommands({ eventStore, randomBytes });
  const importCommands = createImportCommands({ eventStore, tallies, newId });
  const defaultCountryOf = async (workspace: string): Promise<CountryCode> =>
    // Countries are checked when they are set; the library takes any two letters.
    ((await workspaces.settingsOf(workspace))?.default_country ?? 'ID') as CountryCode;
  const customers = createCustomers({ eventStore, decoder, direct, profiles, vault, defaultCountryOf });

  const deadLetters = {
    ingest: createIngestDeadLetters({ eventStore, vault, ingest, quarantine: models.quarantine, randomBytes }),
    projection: createProjectionDeadLetters(runner.deadLetters),
    message: noDeadLetters,
    webhook: noDeadLetters,
  };
  const scheduler = createScheduler(clock);
  const credentials = createCredentials({ apiKeys: models.apiKeys, local: { token: options.token, workspace: FIRST_WORKSPACE } });
  const reads = createReadConsistency(runner, eventStore.id);
  const shared = { storeId: eventStore.id, reads, clock };
  const api = buildApi({
    logger: options.logger,
    version: options.version,
    credentials,
    idempotency,
    metrics,
    readiness: () => readinessOf(runner),
    routes: [
      eventsRoutes({ ...shared, ingest, imports: importCommands, tallies }),
      importsRoutes({ ...shared, commands: importCommands, imports }),
      accessRoutes({ ...shared, commands: access, keys: models.apiKeys, workspaces }),
      customersRoutes({ customers, reads }),
      ingestStatisticsRoutes({ statistics: models.statistics, reads }),
      projectionsRoutes({ storeId: eventStore.id, runner }),
      deadLettersRoutes({ sources: deadLetters, clock }),
      tailRoutes({ storeId: eventStore.id, log: createEventLog({ eventStore, decoder, direct }) }),
    ],
  });

  await runner.start();
  const janitor = startJanitor({ scheduler, documentStore, imports, commands: importCommands, clock, logger });
  return {
    stores,
    api,
    runner,
    models,
    ingest,
    access,
    credentials,
    async close() {
      await api.close();
      scheduler.stop();
      await janitor.stop();
      await runner.stop();
      await stores.close();
    },
  };
}

function readinessOf(runner: Pick<Runner, 'isRunning'>): readonly ReadinessCheck[] {
  return [
    { name: 'stores', ok: true },
    { name: 'processors', ok: runner.isRunning() },
  ];
}
