import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { readConfig } from '../../app/config.js';
import { openEngine, type Engine, type EngineOptions } from '../../app/engine.js';
import { logStoreFailures } from '../../app/logger.js';
import { openStores } from '../../app/open-stores.js';
import { makeFirstWorkspace } from '../../app/first-start.js';
import { patiently } from './patience.js';

/** A whole engine in this process, reached through `inject`. */
export interface EngineUnderTest {
  readonly engine: Engine;
  /** The owner's key. */
  readonly key: string;
  readonly dataDir: string;
  /** Everything logged so far. */
  readonly logged: readonly string[];
  /** A JSON request with the owner's key, or another one. */
  call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, options?: CallOptions): Promise<Answer>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The parsed body; undefined for an empty one. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Opens an engine with a first workspace on a new folder; `close` ends it and removes the folder. */
export async function openEngineUnderTest(
  options: Partial<EngineOptions> & { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<EngineUnderTest> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cebe-engine-'));
  const config = readConfig({ CEBE_DATA_DIR: dataDir, ...options.env }, dataDir);
  const logged: string[] = [];
  const clock = options.clock ?? Date.now;
  const logger = pino({ level: 'debug', messageKey: 'event' }, { write: (line: string) => logged.push(line) });
  const stores = await openStores(config);
  logStoreFailures(stores.watches, logger);
  const engine = await openEngine(stores, {
    config,
    logger,
    metrics: new Registry(),
    version: '0.0.0-test',
    token: 'cebe_local_test',
    newId: randomUUID,
    publicUrl: () => 'http://127.0.0.1:4000',
    ...options,
    clock,
  });
  const key = (await makeFirstWorkspace(engine, { timeZone: config.timeZone, clock, sample: 'none' })) ?? '';
  return {
    engine,
    key,
    dataDir,
    logged,
    async call(method, url, { body, key: other, headers } = {}) {
      const response = await engine.api.inject({
        method,
        url: patiently(url),
        headers: {
          authorization: `Bearer ${other ?? key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      });
      const text = response.body;
      const isJson =
        /json/.test(String(response.headers['content-type'])) && !/ndjson/.test(String(response.headers['content-type']));
      return {
        status: response.statusCode,
        headers: response.headers,
        text,
        body: isJson ? response.json<Record<string, unknown>>() : {},
      };
    },
    async close() {
      await engine.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
