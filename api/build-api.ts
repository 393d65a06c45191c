import { fastify, LogController, type FastifyBaseLogger } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { EngineError } from '../contracts/errors.js';
import type { IdempotencyRecords } from '../runtime/idempotency-records.js';
import { readBodies } from './bodies/bodies.plugin.js';
import type { Credentials } from './credentials.port.js';
import { authenticate } from './plugins/authentication.plugin.js';
import { closeWithoutLingering } from './plugins/closing.plugin.js';
import { holdRequestsToHttp } from './plugins/http-rules.plugin.js';
import { honourIdempotencyKeys } from './plugins/idempotency.plugin.js';
import { keepTheDoor } from './plugins/ingest-door.plugin.js';
import { describeApi } from './plugins/openapi.plugin.js';
import { observeRequests } from './plugins/request-log.plugin.js';
import { holdRoutesToRules } from './plugins/route-rules.plugin.js';
import { setSecurityHeaders } from './plugins/security-headers.plugin.js';
import { answerClientError } from './problems/client-errors.js';
import { answerWithProblems, sendProblem } from './problems/problems.plugin.js';
import type { Api, ApiRoutes } from './route-config.js';
import { listRoutes } from './route-list.js';
import { systemRoutes, type SystemDeps } from './routes/system.routes.js';
import { answerUnreadableLink } from './routes/unsubscribe.routes.js';
import { traceIdOf } from './trace.js';
import { validatorCompiler } from './validation.js';

export interface ApiDeps extends SystemDeps {
  readonly logger: FastifyBaseLogger;
  readonly version: string;
  readonly credentials: Credentials;
  readonly idempotency: IdempotencyRecords;
  readonly routes: readonly ApiRoutes[];
  /** Addresses and ranges of proxies whose X-Forwarded-For is believed; absent: none. */
  readonly trustedProxies?: readonly string[];
  /** How long closing waits for requests in flight; 5 s unless told. */
  readonly closingGraceMs?: number;
}

const CLOSING_GRACE_MS = 5_000;

/** The HTTP API, not listening yet: `inject` into it, or `listen`. Closing it lets requests in flight finish, for a while. */
export function buildApi(deps: ApiDeps): Api {
  const api: Api = fastify({
    loggerInstance: deps.logger,
    // Requests are logged by plugins/request-log.plugin.ts, without paths.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'trace_id' }),
    genReqId: traceIdOf,
    trustProxy: deps.trustedProxies === undefined ? false : [...deps.trustedProxies],
    bodyLimit: 1_048_576,
    requestTimeout: 30_000,
    // plugins/http-rules.plugin.ts answers what has none.
    http: { requireHostHeader: false },
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    // Event clients drop their batch on 503: while closing, what still arrives is answered as usual.
    return503OnClosing: false,
    exposeHeadRoutes: true,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
    frameworkErrors: (error, request, reply) => {
      if (!answerUnreadableLink(request, reply)) sendProblem(error, request, reply);
    },
    clientErrorHandler: answerClientError,
    // The compilers are set below; left to itself fastify would first load others that nothing uses: a sixth of what a start costs.
    schemaController: { compilersFactory: { buildValidator: () => neverCalled, buildSerializer: () => neverCalled } },
  });
  api.setValidatorCompiler(validatorCompiler);
  api.setSerializerCompiler(serializerCompiler);
  api.decorateRequest('principal', null);
  listRoutes(api);
  answerWithProblems(api);
  setSecurityHeaders(api);
  holdRequestsToHttp(api);
  readBodies(api);
  closeWithoutLingering(api, deps.closingGraceMs ?? CLOSING_GRACE_MS);
  observeRequests(api, deps.metrics);
  describeApi(api, deps.version);
  api.register(async (guarded) => {
    holdRoutesToRules(guarded);
    // Before credentials are looked up: nothing may wait when there is too much.
    keepTheDoor(guarded);
    authenticate(guarded, deps.credentials);
    honourIdempotencyKeys(guarded, deps.idempotency);
    for (const addRoutes of [systemRoutes(deps), ...deps.routes]) addRoutes(guarded);
  });
  return api;
}

function neverCalled(): never {
  throw new EngineError('internal', 'Expected the compilers that were set to be used, found another one asked for.');
}
