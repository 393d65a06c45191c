import { type AnyBulkWriteOperation, BSON, type Filter, MongoBulkWriteError, ObjectId } from 'mongodb';
import { EngineError } from '../../../contracts/errors.js';
import type { DocumentWrite, WriteOutcome } from '../document-store.port.js';
import { encodeBody } from '../encode-body.js';
import { pause, retries } from '../../mongodb/connection.js';
import { isDuplicateId, isPassing, PARALLEL_ARRAYS, translate } from '../../mongodb/driver-errors.js';
import type { Into } from './guard.js';
import { type DocumentRow, FOR_EVER } from './rows.js';
import { toStoredBody } from './stored-form.js';

/** A write stalled by the network never settles from 4 MB on. */
const BATCH_BYTES = 1_000_000;
const BATCH_WRITES = 1_000;
const BATCHES_AT_ONCE = 4;
/** Of the selector and the frame around a row. */
const FRAME_BYTES = 256;
/** 16 MiB less room for the frame. */
const LARGEST_ROW = 16 * 1024 * 1024 - 16 * 1024;

interface Planned {
  readonly row: DocumentRow;
  readonly expected: bigint | 'none';
  readonly bytes: number;
}

/**
 * Compares and sets each document by itself, in unordered bulks. What a bulk did is known when all of it was done; else, and when its reply was
 * lost, it is looked up by the token of this call, and only what still stands as expected is written again.
 * A write that landed, and that another one replaced before it was looked up, is answered as a conflict: to be read again, like any.
 */
export async function putRows(into: Into, writes: readonly DocumentWrite[]): Promise<readonly WriteOutcome[]> {
  const token = new ObjectId();
  const planned = writes.map((write) => plan(write, token));
  await into.guard.check();
  const lost = new Set<Planned>();
  let left: readonly Planned[] = planned;
  for (let attempts = 1; left.length > 0; attempts += 1) {
    const { unsure, cause } = await writeBatches(into, left);
    if (unsure.length === 0) break;
    const verdicts = await lookUp(into, unsure, token);
    for (const each of unsure) if (verdicts.get(each) === 'lost') lost.add(each);
    left = unsure.filter((each) => verdicts.get(each) === 'open');
    if (left.length === 0) break;
    if (attempts >= retries.attempts) throw cause ?? contended(into.collection, left.length);
    await pause(attempts);
  }
  return planned.map((each) => (lost.has(each) ? 'conflict' : 'written'));
}

function plan({ id, expected, position, body, expires_at }: DocumentWrite, token: ObjectId): Planned {
  if (body !== null) encodeBody(body, id);
  const row: DocumentRow = {
    _id: id,
    position,
    shown_until: body === null ? 0 : (expires_at ?? FOR_EVER),
    ...(expires_at !== undefined && { expires_at }),
    token,
    ...(body !== null && { body: toStoredBody(body, id) }),
  };
  const bytes = BSON.calculateObjectSize(row) + FRAME_BYTES;
  if (bytes <= LARGEST_ROW) return { row, expected, bytes };
  const message = `document "${id}" cannot be stored: expected at most ${String(LARGEST_ROW)} bytes of BSON, found ${String(bytes)}`;
  throw new EngineError('invalid_input', message, { details: { id } });
}

interface Unsure {
  readonly unsure: readonly Planned[];
  /** Why the outcome is not known, where that is an error. */
  readonly cause?: EngineError;
}

async function writeBatches(into: Into, planned: readonly Planned[]): Promise<Unsure> {
  const batches = batchesOf(planned);
  const results: Unsure[] = [];
  for (let next = 0; next < batches.length; next += BATCHES_AT_ONCE) {
    await into.guard.check();
    const together = batches.slice(next, next + BATCHES_AT_ONCE);
    const settled = await Promise.allSettled(together.map((batch) => writeBatch(into, batch)));
    for (const result of settled) {
      if (result.status === 'rejected') throw result.reason;
      results.push(result.value);
    }
  }
  const cause = results.find((result) => result.cause !== undefined)?.cause;
  return { unsure: results.flatMap(({ unsure }) => unsure), ...(cause !== undefined && { cause }) };
}

async function writeBatch(into: Into, batch: readonly Planned[]): Promise<Unsure> {
  const { connection, collection, now } = into;
  const doing = `writing to ${collection}`;
  const operations = batch.map((each) => operationOf(each, now));
  try {
    const result = await connection.once(doing, (bounds) =>
      connection.documents(collection).bulkWrite(operations, { ordered: false, ...bounds }),
    );
    return { unsure: result.matchedCount + result.upsertedCount === batch.length ? [] : batch };
  } catch (error) {
    const cause = error instanceof EngineError ? error.cause : error;
    if (cause instanceof MongoBulkWriteError) {
      const refusals = [cause.writeErrors].flat();
      const isNarrowed = refusals.some(({ code }) => code === PARALLEL_ARRAYS);
      const isKnown = refusals.every((each) => isDuplicateId(each) || each.code === PARALLEL_ARRAYS);
      if (refusals.length === 0 || !isKnown) throw error;
      if (isNarrowed) await into.collections.narrow(collection);
      return { unsure: batch };
    }
    if (isPassing(cause)) return { unsure: batch, cause: translate(error, doing) };
    throw error;
  }
}

/** An upsert that finds a live document fails with a duplicate key; one that finds an expired one takes its place. */
function operationOf({ row, expected }: Planned, now: number): AnyBulkWriteOperation<DocumentRow> {
  const { _id, ...replacement } = row;
  if (expected === 'none') return { replaceOne: { filter: { _id, expires_at: { $lte: now } }, replacement, upsert: true } };
  const filter: Filter<DocumentRow> = { _id, position: expected, expires_at: { $not: { $lte: now } } };
  return { replaceOne: { filter, replacement } };
}

type Verdict = 'done' | 'lost' | 'open';

async function lookUp(into: Into, unsure: readonly Planned[], token: ObjectId): Promise<ReadonlyMap<Planned, Verdict>> {
  const { connection, collection, now } = into;
  const ids = unsure.map(({ row }) => row._id);
  const rows = await connection.again(`looking up what was written to ${collection}`, (bounds) =>
    connection
      .documents(collection)
      .find({ _id: { $in: ids } }, { projection: { body: 0 }, batchSize: ids.length, ...bounds })
      .toArray(),
  );
  const byId = new Map(rows.map((row) => [row._id, row]));
  const verdictOf = ({ row, expected }: Planned): Verdict => {
    const found = byId.get(row._id);
    if (found?.token.equals(token) === true) return 'done';
    const isThere = found !== undefined && (found.expires_at ?? FOR_EVER) > now;
    return (isThere ? found.position : 'none') === expected ? 'open' : 'lost';
  };
  return new Map(unsure.map((each) => [each, verdictOf(each)]));
}

function batchesOf(planned: readonly Planned[]): readonly (readonly Planned[])[] {
  const batches: Planned[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const each of planned) {
    const last = batches.at(-1);
    if (last === undefined || bytes + each.bytes > BATCH_BYTES || last.length >= BATCH_WRITES) {
      batches.push([each]);
      bytes = each.bytes;
    } else {
      last.push(each);
      bytes += each.bytes;
    }
  }
  return batches;
}

function contended(collection: string, count: number): EngineError {
  const message = `writing to ${collection}: expected each write to be taken or to lose, found ${String(count)} that did neither`;
  return new EngineError('store_unavailable', message, { details: { collection } });
}
