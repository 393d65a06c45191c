import { pino } from 'pino';
import { Registry } from 'prom-client';
import { buildApi } from '../../api/build-api.js';
import type { Credentials, Principal } from '../../api/credentials.port.js';
import type { Api, ApiRoutes } from '../../api/route-config.js';
import type { ReadinessCheck } from '../../api/routes/system.routes.js';
import type { IdempotencyRecords } from '../../runtime/idempotency-records.js';

export interface ApiUnderTestOptions {
  readonly routes?: readonly ApiRoutes[];
  readonly scopes?: readonly string[];
  readonly idempotency?: IdempotencyRecords;
  readonly readiness?: () => readonly ReadinessCheck[];
  readonly closingGraceMs?: number;
}

export interface ApiUnderTest {
  readonly api: Api;
  /** Every line logged so far, as written. */
  readonly logged: string[];
}

/** The key that the API under test knows; its workspace is `acme`. */
export const TEST_KEY = 'cebe_test';

/** Every claim is the caller's own: for tests in which no key is repeated. */
const forgetful: IdempotencyRecords = {
  claim: () => Promise.resolve({ kind: 'mine', finish: () => Promise.resolve(), forget: () => Promise.resolve() }),
};

/** The API base around the given routes, with one known key and a log that can be read. */
export async function openApiUnderTest(options: ApiUnderTestOptions = {}): Promise<ApiUnderTest> {
  const logged: string[] = [];
  const api = buildApi({
    logger: pino({ level: 'debug', messageKey: 'event' }, { write: (line: string) => logged.push(line) }),
    version: '0.0.0-test',
    credentials: credentialsFor(options.scopes ?? ['ingest:write', 'segments:write', 'segments:read']),
    idempotency: options.idempotency ?? forgetful,
    metrics: new Registry(),
    readiness: options.readiness ?? (() => [{ name: 'log', ok: true }]),
    routes: options.routes ?? [],
    ...(options.closingGraceMs === undefined ? {} : { closingGraceMs: options.closingGraceMs }),
  });
  await api.ready();
  return { api, logged };
}

function credentialsFor(scopes: readonly string[]): Credentials {
  const principal: Principal = { workspace: 'acme', key_id: 'k1', source: 'shop', scopes: new Set(scopes), actor: 'key:k1' };
  return { verify: (secret) => (secret === TEST_KEY ? principal : null) };
}
