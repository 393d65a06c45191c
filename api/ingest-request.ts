import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify';
import type { Ingest } from '../commands/ingest/ingest.js';
import type { RawEntry } from '../commands/ingest/prepare-entry.js';
import type { IngestAnswer } from '../commands/ingest/receipts.js';
import { EngineError } from '../contracts/errors.js';
import { ingestLimits, type IngestAnswer as WireAnswer } from '../contracts/ingest.js';
import { encodePosition } from '../runtime/positions.js';
import { principalOf } from './plugins/authentication.plugin.js';
import { traceparentOf } from './trace.js';
import { ingestAnswer } from './views/ingest-answer.js';

/** What routes have in common that take events from event clients: never 503, no idempotency key, a door, credentials wherever clients put them. */
export const ingestRoute = {
  access: 'ingest:write',
  loose: true,
  sdkCredentials: true,
  idempotency: 'off',
  unavailableAs: 429,
  door: true,
  quiet: true,
} as const satisfies FastifyContextConfig;

export interface TakeOptions {
  readonly ingest: Ingest;
  readonly entries: readonly RawEntry[];
  readonly backfill?: string | undefined;
}

/** Gives the entries of a request to ingest. Errors: `body_too_large` for too many, and those of ingest. */
export async function takeEntries(request: FastifyRequest, { ingest, entries, backfill }: TakeOptions): Promise<IngestAnswer> {
  if (entries.length > ingestLimits.eventsPerRequest) {
    const detail = `Expected at most ${ingestLimits.eventsPerRequest} events a request, found ${entries.length}.`;
    throw new EngineError('body_too_large', detail);
  }
  const { workspace, source, actor } = principalOf(request);
  const told = request.headers['content-encoding'] === undefined;
  const bytes = told ? Number(request.headers['content-length'] ?? 0) : ingestLimits.requestBytes;
  const about = { traceparent: traceparentOf(request), ...(backfill === undefined ? {} : { backfill }) };
  return ingest({ workspace, source, actor, entries, bytes, ...about });
}

/** The answer as it leaves the engine. */
export function sendReceipts(reply: FastifyReply, answer: IngestAnswer, storeId: string): WireAnswer {
  // It is made of exactly what the schema names; checking that for each receipt would cost as much as the rest.
  // With a serializer of its own a reply has no type by itself.
  reply.type('application/json; charset=utf-8').serializer(JSON.stringify);
  return ingestAnswer(answer, (position) => encodePosition(storeId, position));
}
