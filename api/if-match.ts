import type { FastifyReply, FastifyRequest } from 'fastify';
import { EngineError } from '../contracts/errors.js';

/** The revision that `If-Match: "<revision>"` names; undefined without the header or for `*`. Throws `invalid_input` for another form. */
export function ifMatchRevision(request: FastifyRequest): bigint | undefined {
  const header = request.headers['if-match']?.trim();
  if (header === undefined || header === '*') return undefined;
  const revision = /^"(\d{1,19})"$/.exec(header)?.[1];
  if (revision !== undefined) return BigInt(revision);
  const detail = 'Expected If-Match: "<revision>", the revision in double quotes, as the entity last answered it';
  throw new EngineError('invalid_input', `${detail}.`, { places: [{ pointer: '/if-match', detail: `header: ${detail}` }] });
}

/** Throws `revision_stale` (412) when the caller named another revision than the current one. */
export function requireRevision(wanted: bigint | undefined, current: bigint): void {
  if (wanted === undefined || wanted === current) return;
  throw new EngineError('revision_stale', `Expected revision ${wanted}, as If-Match says; the current one is ${current}.`);
}

/** Answers the revision as an ETag, ready for the next If-Match. */
export function setRevision(reply: FastifyReply, revision: bigint): void {
  reply.header('etag', `"${revision}"`);
}
