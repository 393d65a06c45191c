import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';

/** W3C Trace Context: version, trace id, parent span, flags. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;

/** The trace id of the caller's `traceparent`, else a new one; it is the request's id everywhere. */
export function traceIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const header = request.headers.traceparent;
  const known = typeof header === 'string' ? TRACEPARENT.exec(header)?.[1] : undefined;
  return known ?? randomHex();
}

/** Node makes UUIDs from a pool of random bytes, which is faster than asking for 16; all but 6 of its bits are random. */
function randomHex(): string {
  return randomUUID().replaceAll('-', '');
}

/** The `traceparent` to record with what the request causes. */
export function traceparentOf(request: FastifyRequest): string {
  const header = request.headers.traceparent;
  if (typeof header === 'string' && TRACEPARENT.test(header)) return header;
  return `00-${request.id}-${randomHex().slice(0, 16)}-01`;
}
