import type { FastifyRequest } from 'fastify';
import type { Ingest } from '../../commands/ingest/ingest.js';
import type { RawEntry } from '../../commands/ingest/prepare-entry.js';
import { callTypes, translateCall, type CallType } from '../../commands/ingest/segment-protocol/translate-call.js';
import { EngineError } from '../../contracts/errors.js';
import { ingestAnswerSchema, ingestLimits } from '../../contracts/ingest.js';
import type { Clock } from '../../runtime/clock.js';
import { ingestRoute, sendReceipts, takeEntries } from '../ingest-request.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import type { ApiRoutes } from '../route-config.js';

export interface SegmentProtocolRoutesDeps {
  readonly storeId: string;
  readonly ingest: Ingest;
  readonly clock: Clock;
}

/** The paths of clients that run in browsers, by call. */
const shortPaths: Readonly<Record<CallType, string>> = {
  identify: 'i',
  track: 't',
  page: 'p',
  screen: 's',
  group: 'g',
  alias: 'a',
};

/** How a request says what its calls are. */
type Reader = (body: unknown) => readonly unknown[];

/**
 * `POST /v1/batch`, a call for each kind and the short paths: what clients of the Segment protocol send, as events. 200 with a receipt for each
 * call whenever the body could be read, 429 when one could not be durably decided; never a redirect, never 503.
 */
export function segmentProtocolRoutes(deps: SegmentProtocolRoutesDeps): ApiRoutes {
  return (api) => {
    const add = (path: string, short: string, read: Reader): void => {
      for (const [url, hide] of [
        [`/v1/${path}`, false],
        [`/v1/${short}`, true],
      ] as const) {
        api.post(
          url,
          {
            config: { ...ingestRoute, body: 'batch' },
            bodyLimit: ingestLimits.requestBytes,
            schema: { ...(hide ? { hide } : {}), response: { 200: ingestAnswerSchema } },
          },
          async (request, reply) => {
            const entries = translated(request, read(request.body), deps.clock());
            return sendReceipts(reply, await takeEntries(request, { ingest: deps.ingest, entries }), deps.storeId);
          },
        );
      }
    };
    add('batch', 'b', callsOf);
    // The path says what the call is, whatever the body says.
    for (const type of callTypes) add(type, shortPaths[type], (body) => [callOf(body, type)]);
  };
}

function translated(request: FastifyRequest, calls: readonly unknown[], receivedAt: number): readonly RawEntry[] {
  const { source } = principalOf(request);
  const sentAt = fieldOf(request.body, 'sentAt');
  return calls.map((call) => translateCall(call, { source, sentAt, receivedAt }));
}

/** Nothing at all is no call. */
function callOf(body: unknown, type: CallType): unknown {
  if (body === undefined) throw new EngineError('invalid_json', 'Expected a call as JSON, found an empty body.');
  return isObject(body) ? { ...body, type } : body;
}

/** The calls of a batch, each with the context that the batch gives to those without one. */
function callsOf(body: unknown): readonly unknown[] {
  const batch = fieldOf(body, 'batch');
  if (!Array.isArray(batch)) {
    const detail = 'expected a list of calls';
    throw new EngineError('invalid_input', `Expected {"batch": [...]}; /batch: ${detail}.`, {
      places: [{ pointer: '/batch', detail }],
    });
  }
  // What came as JSON is unknown, not any.
  const calls = batch as readonly unknown[];
  const context = fieldOf(body, 'context');
  return context === undefined ? calls : calls.map((call) => (isObject(call) ? { context, ...call } : call));
}

function fieldOf(body: unknown, name: string): unknown {
  return isObject(body) && Object.hasOwn(body, name) ? body[name] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
