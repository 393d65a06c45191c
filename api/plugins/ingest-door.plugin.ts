import type { FastifyRequest } from 'fastify';
import { EngineError } from '../../contracts/errors.js';
import { ingestLimits } from '../../contracts/ingest.js';
import type { Api } from '../route-config.js';

/** What is assumed of an event before any was seen. */
const FIRST_EVENT_BYTES = 400;
/** How much smaller gzip makes events, about. */
const GZIP_FACTOR = 5;
/** How much one request changes the mean size of an event. */
const LEARNING = 0.05;

/** Made once: the trace that comes with an error is a quarter of what a refusal costs, and says nothing here. */
const tooMuch = new EngineError(
  'overloaded',
  `Expected at most ${ingestLimits.eventsInFlight} events or ${ingestLimits.bytesInFlight} bytes in flight, found more; send again later.`,
  { details: { retry_after_s: 1 } },
);

/**
 * Bounds what routes with `config.door` hold from the arrival of a request to its answer. Refuses with `overloaded` before the body is
 * read: when the engine has too much to do, reading and parsing what is refused afterwards would be most of its work. How many events a
 * body holds is judged by its length; the exact bound is in the ingest itself.
 */
export function keepTheDoor(api: Api): void {
  let [events, bytes, eventBytes] = [0, 0, FIRST_EVENT_BYTES];

  api.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.door !== true) {
      done();
      return;
    }
    const load = loadOf(request, eventBytes);
    if (events > 0 && (events + load.events > ingestLimits.eventsInFlight || bytes + load.bytes > ingestLimits.bytesInFlight)) {
      done(tooMuch);
      return;
    }
    events += load.events;
    bytes += load.bytes;
    // Comes after the answer and after a broken connection alike.
    reply.raw.once('close', () => {
      events -= load.events;
      bytes -= load.bytes;
    });
    done();
  });

  api.addHook('preHandler', (request, _reply, done) => {
    if (request.routeOptions.config.door === true && request.headers['content-encoding'] === undefined) {
      const found = entriesIn(request.body);
      if (found > 0) eventBytes += LEARNING * (wireBytes(request) / found - eventBytes);
    }
    done();
  });
}

function loadOf(request: FastifyRequest, eventBytes: number): { readonly events: number; readonly bytes: number } {
  const factor = request.headers['content-encoding'] === undefined ? 1 : GZIP_FACTOR;
  const bytes = Math.min(wireBytes(request) * factor, request.routeOptions.bodyLimit);
  return { bytes, events: Math.min(Math.max(1, Math.round(bytes / eventBytes)), ingestLimits.eventsPerRequest) };
}

/** A body sent in chunks of unknown number counts as the largest that is read. */
function wireBytes(request: FastifyRequest): number {
  const told = Number(request.headers['content-length'] ?? request.routeOptions.bodyLimit);
  return Number.isFinite(told) ? told : request.routeOptions.bodyLimit;
}

/** Lines are not counted: that would be work for its own sake. */
function entriesIn(body: unknown): number {
  if (typeof body !== 'object' || body === null) return 0;
  const list = 'events' in body ? body.events : 'batch' in body ? body.batch : undefined;
  return Array.isArray(list) ? list.length : 0;
}
