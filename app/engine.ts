import { hostname } from 'node:os';
import type { Registry } from 'prom-client';
import type { Logger as PinoLogger } from 'pino';
import { buildApi } from '../api/build-api.js';
import type { Credentials } from '../api/credentials.port.js';
import type { Api } from '../api/route-config.js';
import type { Channel } from '../channels/channel.port.js';
import { engineId } from '../domain/ids.js';
import type { Clock } from '../runtime/clock.js';
import { createDecoder } from '../runtime/decode.js';
import { openIdempotencyRecords } from '../runtime/idempotency-records.js';
import type { Logger } from '../runtime/logger.js';
import { createRunner, type Runner, type RunnerOptions } from '../runtime/runner.js';
import { createScheduler } from '../runtime/scheduler.js';
import { isAway } from '../stores/fail-fast.js';
import type { Config } from './config.js';
import { createCredentials } from './credentials.js';
import { startJanitor } from './janitor.js';
import { openKeyUses } from './key-uses.js';
import { runtimeLogger } from './logger.js';
import { composeModules, type Modules } from './modules.js';
import { dataFiles, type Stores } from './stores.js';
import { createOutboxPages } from './outbox-pages.js';
import { observeProjections } from './projection-metrics.js';
import { projectionEntries } from './projections.js';
import { createReadConsistency } from './read-consistency.js';
import { createReadModels, type ReadModels } from './read-models.js';
import { processorsCheck, storesCheck } from './readiness.js';
import { composeRoutes } from './routes.js';
import { watchSettings } from './zones.js';

const EMBEDDED_LEASE_MS = 30 * 86_400_000;
/** Whoever reads through a process that stands by waits for what the driving one writes. */
const FOLLOWED_CHECKPOINT_MS = 1_000;

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
  /** Where recipients reach the engine, without a slash at the end. */
  readonly publicUrl: () => string;
  /** Stands between the engine and what it is composed of: for tests that watch or kill it at chosen points. */
  readonly decorate?: Decorate;
}

/** Puts something around the ports of an engine; each answers what the engine is to use instead. */
export interface Decorate {
  stores?(stores: Stores): Stores;
  channel?(channel: Channel): Channel;
}

/** Everything of a process, connected; not listening yet. */
export interface Engine {
  readonly stores: Stores;
  readonly api: Api;
  readonly runner: Runner;
  readonly models: ReadModels;
  readonly modules: Modules;
  readonly credentials: Credentials;
  /** Ends in the order that loses nothing: requests, processors, stores. */
  close(): Promise<void>;
}

/** Starts the processors on the stores and builds the API; the stores are closed with the engine, also when it cannot be opened. */
export async function openEngine(opened: Stores, options: EngineOptions): Promise<Engine> {
  const stores = options.decorate?.stores?.(opened) ?? opened;
  try {
    return await openOn(stores, options);
  } catch (error) {
    await stores.close();
    throw error;
  }
}

async function openOn(stores: Stores, options: EngineOptions): Promise<Engine> {
  const { config, clock, metrics, publicUrl, newId } = options;
  const { eventStore, documentStore, vault } = stores;
  const logger = runtimeLogger(options.logger);
  const decoder = createDecoder({ vault });
  const scheduler = createScheduler(clock);
  const runner = createRunner({
    eventStore,
    documentStore,
    decode: decoder.decode,
    clock,
    logger,
    projections: projectionEntries({ eventStore, fallbackZone: config.timeZone }),
    engineId,
    ...leaseOf(stores.users, newId),
    onDriving: () => acting.begin(),
    onLost: () => acting.end(),
  });
  observeProjections(metrics, runner);
  const models = createReadModels(runner, documentStore);
  const around = { config, stores, models, runner, decoder, scheduler, logger, metrics, clock, newId, publicUrl };
  const modules = await composeModules({
    ...around,
    decorateChannel: (channel) => options.decorate?.channel?.(channel) ?? channel,
  });
  const acting = actsInTurn(sagaOf(modules), logger);
  const reads = createReadConsistency(runner, eventStore.id);
  const keyUses = await openKeyUses({ documents: documentStore, scheduler, clock, logger });
  const credentials = createCredentials({
    apiKeys: models.apiKeys,
    clock,
    noteUse: keyUses.note,
    local: { token: options.token, workspace: FIRST_WORKSPACE },
  });
  const api = buildApi({
    logger: options.logger,
    version: options.version,
    credentials,
    idempotency: await openIdempotencyRecords({ documents: documentStore, clock }),
    metrics,
    ...(config.trustedProxies === undefined ? {} : { trustedProxies: config.trustedProxies }),
    readiness: () => [storesCheck(stores.watches), processorsCheck(runner)],
    routes: composeRoutes({
      eventStore,
      decoder,
      modules,
      models,
      runner,
      reads,
      forgetKey: credentials.forget,
      keyUses,
      clock,
      ...(config.mailgun === undefined ? { outbox: createOutboxPages(dataFiles(config.dataDir).outbox) } : {}),
    }),
  });

  try {
    await runner.start();
    await acting.settled();
  } catch (error) {
    await runner.stop().catch(() => undefined);
    throw error;
  }
  // Profiles count days in the zone of their workspace.
  const settings = watchSettings(eventStore, () => void runner.rebase('profiles'));
  const janitor = startJanitor({ scheduler, documentStore, imports: models.imports, commands: modules.imports, clock, logger });
  return {
    stores,
    api,
    runner,
    models,
    modules,
    credentials,
    async close() {
      await api.close();
      await acting.close();
      scheduler.stop();
      await Promise.all([janitor.stop(), settings.stop(), keyUses.stop()]);
      try {
        await runner.stop();
      } catch (error) {
        // Checkpoints that a store did not take any more: what they cover is folded again, and changes nothing.
        if (!isAway(error)) throw error;
        logger.warn('checkpoints_not_written', { reason: error.code });
      } finally {
        await modules.campaigns.close();
        await stores.close();
      }
    },
  };
}

function leaseOf(users: Stores['users'], newId: () => string): Pick<RunnerOptions, 'holder' | 'leaseTtlMs' | 'tuning'> {
  if (users === 'many') {
    const holder = `${hostname()}/${String(process.pid)}/${newId()}`;
    return { holder, tuning: { skippedMs: FOLLOWED_CHECKPOINT_MS } };
  }
  // The lock of the data folder keeps other processes out, so a restart takes its own lease over at once. For the same reason it may be
  // long: a machine that was asleep goes on where it was.
  return { holder: 'embedded', leaseTtlMs: EMBEDDED_LEASE_MS };
}

/** What acts, as one thing. */
function sagaOf({ campaigns, erasures }: Modules): Modules['campaigns']['saga'] {
  return {
    ...campaigns.saga,
    async start() {
      erasures.saga.start();
      await campaigns.saga.start();
    },
    async stop() {
      await Promise.all([erasures.saga.stop(), campaigns.saga.stop()]);
    },
  };
}

/** The saga acts only while this process drives the processors: its starts and ends happen one behind the other. */
function actsInTurn(saga: Modules['campaigns']['saga'], logger: Logger) {
  let turn: Promise<void> = Promise.resolve();
  let closing = false;
  const next = (work: () => Promise<void>): void => {
    turn = turn.then(work).catch((error: unknown) => {
      logger.error('campaign_saga_failed', { reason: error instanceof Error ? error.name : typeof error });
    });
  };
  const end = (): void => {
    // Also one that is just starting, which may wait for a store that is away.
    const interrupted = saga.stop();
    next(() => interrupted);
    next(() => saga.stop());
  };
  return {
    begin: (): void => {
      next(() => (closing ? Promise.resolve() : saga.start()));
    },
    end,
    settled: (): Promise<void> => turn,
    close: (): Promise<void> => {
      closing = true;
      end();
      return turn;
    },
  };
}
