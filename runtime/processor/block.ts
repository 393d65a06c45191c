import type { Position } from '../../contracts/events/event.js';
import { parseStreamName } from '../../contracts/events/streams.js';
import type { JsonObject } from '../../contracts/json.js';
import type { StoredDocument } from '../../stores/document-store/document-store.port.js';
import type { FailedEvent, FailureReason } from './failure.js';
import { streamOfKey } from './failure.js';

/** A key that waits: for its next try by itself (`retrying`), or for a person (`parked`). */
export interface Block {
  readonly key: string;
  readonly event: FailedEvent;
  readonly reason: FailureReason;
  readonly tries: number;
  /** ISO-8601, when the event failed first. */
  readonly since: string;
  /** ms since 1970; absent when parked. */
  readonly retryAt?: number;
  /** Later events of the key that were passed over, and the position of the last one counted. */
  readonly skipped: number;
  readonly skippedThrough: Position;
}

/** Where blocks are kept; ids are `<workspace>/<processor>/<key>`. */
export const BLOCKS_COLLECTION = 'projection_blocks';

/** The document id of a block. */
export function blockId(processor: string, key: string): string {
  return `${workspaceOf(key)}/${processor}/${key}`;
}

/** The workspace a blocked key belongs to. */
export function workspaceOf(key: string): string {
  const stream = streamOfKey(key);
  if (stream !== null) return parseStreamName(stream)?.workspace ?? 'cebe';
  return key.split('/', 1)[0] ?? 'cebe';
}

/** The block as a document. */
export function blockBody(processor: string, block: Block): JsonObject {
  const { event } = block;
  return {
    processor,
    key: block.key,
    state: block.retryAt === undefined ? 'parked' : 'retrying',
    event: {
      id: event.id,
      type: event.type,
      stream: event.stream,
      revision: event.revision.toString(),
      position: event.position.toString(),
    },
    reason: block.reason,
    tries: block.tries,
    since: block.since,
    ...(block.retryAt === undefined ? {} : { retry_at: block.retryAt }),
    skipped: block.skipped,
    skipped_through: block.skippedThrough.toString(),
  };
}

/** The block in a document that `blockBody` made. */
export function parseBlock(document: StoredDocument): Block {
  // Only blockBody writes this collection, so the shape is known.
  const body = document.body as unknown as {
    readonly key: string;
    readonly event: { id: string; type: string; stream: string; revision: string; position: string };
    readonly reason: FailureReason;
    readonly tries: number;
    readonly since: string;
    readonly retry_at?: number;
    readonly skipped: number;
    readonly skipped_through: string;
  };
  return {
    key: body.key,
    event: { ...body.event, revision: BigInt(body.event.revision), position: BigInt(body.event.position) },
    reason: body.reason,
    tries: body.tries,
    since: body.since,
    ...(body.retry_at === undefined ? {} : { retryAt: body.retry_at }),
    skipped: body.skipped,
    skippedThrough: BigInt(body.skipped_through),
  };
}
