import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Principal } from './credentials.port.js';

/** A fastify instance whose route schemas are zod objects. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Adds the routes of one noun; called once, before the API is ready. */
export type ApiRoutes = (api: Api) => void;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that the credential must hold, or `public` for a route without a credential. Every route names one. */
    access?: string;
    /** Query parameters that need another scope as well, which the route itself checks: `mode=backfill` ▸ `ingest:backfill`. */
    stricter?: Readonly<Record<string, string>>;
    /** How the body is read; `json` unless told. `form` takes `a=b&c=d`, `batch` is JSON whose parts are judged one by one, `ndjson` the same or lines (as a Buffer), `raw` takes anything (as a Buffer). */
    body?: 'json' | 'form' | 'batch' | 'ndjson' | 'raw';
    /** Unknown body fields and query parameters are let through: for ingest and for callbacks of providers. */
    loose?: boolean;
    /** The credential may also stand in the body (`writeKey`, `api_key`) or in X-Write-Key, as event SDKs send it. */
    sdkCredentials?: boolean;
    /** Off where an answer holds a secret that must not be kept, and where the body itself makes a repeat harmless. */
    idempotency?: 'off';
    /** Answers of failures that may pass are 429 instead of 503: event clients drop their batch on anything else. */
    unavailableAs?: 429;
    /** What is in flight is bounded, and what is too much is refused before its body is read. */
    door?: boolean;
    /** Requests that succeed are logged at `debug` only. */
    quiet?: boolean;
  }
  interface FastifyRequest {
    /** Who asks; null on public routes. */
    principal: Principal | null;
  }
}
