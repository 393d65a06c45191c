import { Readable } from 'node:stream';
import { z } from 'zod';
import { EngineError } from '../../contracts/errors.js';
import { parseStreamName, streamCategories } from '../../contracts/events/streams.js';
import type { EventLog, TailMessage } from '../../contracts/read-models/event-log.port.js';
import { encodePosition, parsePosition } from '../../runtime/positions.js';
import { pause } from '../../runtime/retry.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import { cursorInvalid } from '../queries/list-cursor.js';
import { listQuery, pageSchema } from '../queries/list-query.js';
import type { Api, ApiRoutes } from '../route-config.js';
import { visibleCategories } from './stream-scopes.js';

export interface TailRoutesDeps {
  readonly storeId: string;
  readonly log: EventLog;
}

const HEARTBEAT_MS = 15_000;
/** Each tail is a subscription of its own. */
const TAILS = 64;

/** `/v1/events/tail` and `/v1/streams/{name}`: the log itself, for those who look into it. */
export function tailRoutes(deps: TailRoutesDeps): ApiRoutes {
  return (api) => {
    addTail(api, deps);
    addStream(api, deps);
  };
}

function addTail(api: Api, { log, storeId }: TailRoutesDeps): void {
  const open = new Set<AbortController>();
  // A tail never ends by itself: the API would wait for it.
  api.addHook('preClose', (done) => {
    for (const tail of open) tail.abort();
    done();
  });
  const querystring = z.strictObject({
    after: z.string().max(128).optional().describe('A position; absent: only new events'),
    category: z.enum(streamCategories).optional().describe('Only events of streams of this category'),
  });
  const config = { access: 'customers:read' };
  api.get('/v1/events/tail', { config, schema: { querystring } }, async (request, reply) => {
    if (open.size >= TAILS) throw new EngineError('overloaded', `Expected at most ${TAILS} tails at once; they are all taken.`);
    const { workspace, scopes } = principalOf(request);
    const { after, category } = request.query;
    const categories = visibleCategories(scopes).filter((one) => category === undefined || one === category);
    if (categories.length === 0)
      throw new EngineError('forbidden', `This call needs a scope that shows events of the category ${String(category)}.`);
    const position = after === undefined ? {} : { after: parsePosition(after, storeId) };
    const tail = new AbortController();
    open.add(tail);
    reply.raw.once('close', () => {
      open.delete(tail);
      tail.abort();
    });
    const messages = log.tail(workspace, { ...position, categories, signal: tail.signal });
    return reply.type('application/x-ndjson').send(Readable.from(linesOf(messages, storeId, tail)));
  });
}

/** One JSON object a line: an event with its position, or a heartbeat with how far the log has been looked at. */
async function* linesOf(messages: AsyncIterable<TailMessage>, storeId: string, tail: AbortController): AsyncGenerator<string> {
  const source = messages[Symbol.asyncIterator]();
  let position: string | undefined;
  let next = source.next();
  try {
    // Says at once that the tail stands.
    yield '{"heartbeat":true}\n';
    for (;;) {
      const quiet = new AbortController();
      const found = await Promise.race([next, pause(HEARTBEAT_MS, quiet.signal)]);
      quiet.abort();
      if (found === undefined) yield `${JSON.stringify({ heartbeat: true, position })}\n`;
      else if (found.done === true) return;
      else {
        position = encodePosition(storeId, found.value.position);
        if (found.value.kind === 'event') yield `${JSON.stringify({ ...found.value.entry, position })}\n`;
        next = source.next();
      }
    }
  } finally {
    tail.abort();
    next.catch(() => undefined);
    // Also lets go of a subscription from which nobody pulls any more.
    await source.return?.();
  }
}

function addStream(api: Api, { log, storeId }: TailRoutesDeps): void {
  const revision = z.string().regex(/^\d{1,18}$/, 'expected a revision');
  const event = z.object({
    event_id: z.string(),
    type: z.string(),
    revision: z.string(),
    position: z.string(),
    metadata: z.record(z.string(), z.union([z.string(), z.number()])),
    plain: z.record(z.string(), z.unknown()),
    hashes: z.record(z.string(), z.string()),
    sealed_fields: z.record(z.string(), z.array(z.string())),
  });
  const schema = {
    params: z.strictObject({ name: z.string().max(256) }),
    querystring: z.strictObject({
      ...listQuery,
      from: revision.default('0').describe('The first revision'),
    }),
    response: { 200: z.object({ data: z.array(event), page: pageSchema }) },
  };
  api.get('/v1/streams/:name', { config: { access: 'customers:read' }, schema }, async (request) => {
    const { workspace, scopes } = principalOf(request);
    const { name } = request.params;
    const { limit, cursor, from } = request.query;
    const start = cursor === undefined ? BigInt(from) : revisionOf(cursor);
    const stream = parseStreamName(name);
    const isVisible = stream !== null && visibleCategories(scopes).includes(stream.category);
    const found = isVisible ? await log.stream(workspace, name, { from: start, limit }) : [];
    // An empty page further on may be the end of a stream.
    const isKnown = found.length > 0 || (isVisible && (await log.stream(workspace, name, { from: 0n, limit: 1 })).length > 0);
    if (!isKnown)
      throw new EngineError('not_found', 'Expected the name of a stream of this workspace that the key may see; there is none.');
    const data = found.map((one) => ({
      ...one,
      position: encodePosition(storeId, one.position),
      sealed_fields: Object.fromEntries(Object.entries(one.sealed_fields).map(([part, fields]) => [part, [...fields]])),
    }));
    const last = found.at(-1);
    const next = last === undefined || found.length < limit ? null : String(BigInt(last.revision) + 1n);
    return { data, page: { next_cursor: next } };
  });
}

function revisionOf(cursor: string): bigint {
  if (/^\d{1,18}$/.test(cursor)) return BigInt(cursor);
  throw cursorInvalid();
}
