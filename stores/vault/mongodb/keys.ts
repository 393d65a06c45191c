import { type AnyBulkWriteOperation, Binary, MongoBulkWriteError } from 'mongodb';
import { randomBytes } from 'node:crypto';
import { EngineError } from '../../../contracts/errors.js';
import { type Connection, pause, retries } from '../../mongodb/connection.js';
import { isDuplicateId, isDuplicateKey } from '../../mongodb/driver-errors.js';
import { createKeyId } from '../key-id.js';
import { keyBinding, type KeyWrapping } from '../key-wrapping.js';
import { destroyedKey } from './key-entries.js';
import { bytesOf } from './open-vault-database.js';
import { type KeyRow, subjectOf, type VaultCollections } from './rows.js';

/** So many rows are read or written at once: a fifth of what a write may hold at most. */
const ROWS_AT_ONCE = 1_000;

/** The rows of subjects, of which each is changed alone and by whole rows only. */
export interface KeyRows {
  /** The row of each id, made where absent or reopened: durable, and the same for everyone who asks. */
  ensure(ids: readonly string[]): Promise<ReadonlyMap<string, KeyRow>>;
  /** The row that each key id is or was of. */
  byKeyIds(keyIds: readonly string[]): Promise<ReadonlyMap<string, KeyRow>>;
  /** Destroys the current key and answers its id; null when there was none, and the tombstone is all there is. */
  destroy(id: string): Promise<string | null>;
  reopen(id: string): Promise<void>;
}

/** The keys of a vault, wrapped. */
export function keyRowsOf(connection: Connection, { keys }: VaultCollections, wrapping: KeyWrapping): KeyRows {
  const read = async (ids: readonly string[]): Promise<readonly KeyRow[]> =>
    connection.again('reading keys of the vault', (bounds) =>
      keys.find({ _id: { $in: [...ids] } }, { batchSize: ids.length, ...bounds }).toArray(),
    );

  const newKey = (id: string, before: readonly string[]): KeyRow => {
    const key_id = createKeyId();
    const row = { _id: id, key_id, ids: [key_id, ...before], state: 'live', version: wrapping.version } as const;
    const { workspace, subject } = subjectOf({ ...row, wrapped: destroyedKey() });
    return { ...row, wrapped: new Binary(wrapping.wrap(randomBytes(32), keyBinding(workspace, subject, key_id))) };
  };

  /** Makes keys where there still are none, and answers those of which that is certain. */
  const make = async (absent: readonly string[], reopened: readonly KeyRow[]): Promise<readonly KeyRow[]> => {
    const made = absent.map((id) => newKey(id, []));
    const insertions = made.map(({ _id, ...$setOnInsert }): AnyBulkWriteOperation<KeyRow> => ({
      updateOne: { filter: { _id }, update: { $setOnInsert }, upsert: true },
    }));
    const renewals = reopened.map(({ _id, key_id, ids }): AnyBulkWriteOperation<KeyRow> => {
      const { _id: _, ...$set } = newKey(_id, ids);
      return { updateOne: { filter: { _id, key_id, state: 'reopened' }, update: { $set } } };
    });
    const upserted = await connection.again('making keys of the vault', async (bounds) => {
      try {
        return (await keys.bulkWrite([...insertions, ...renewals], { ordered: false, ...bounds })).upsertedIds;
      } catch (error) {
        // Others made some of them at the same moment: all are read.
        if (isLostRace(error)) return {};
        throw error;
      }
    });
    return Object.keys(upserted).flatMap((index) => made[Number(index)] ?? []);
  };

  const ensureSome = async (ids: readonly string[], found: Map<string, KeyRow>): Promise<void> => {
    let missing = ids;
    for (let attempts = 1; ; attempts += 1) {
      const rows = await read(missing);
      const reopened = rows.filter(({ state }) => state === 'reopened');
      for (const row of rows) if (row.state !== 'reopened') found.set(row._id, row);
      const there = new Set(rows.map(({ _id }) => _id));
      const absent = missing.filter((id) => !there.has(id));
      if (absent.length === 0 && reopened.length === 0) return;
      if (attempts > retries.attempts) throw contended(missing.length);
      for (const row of await make(absent, reopened)) found.set(row._id, row);
      missing = missing.filter((id) => !found.has(id));
      if (missing.length === 0) return;
    }
  };

  const destroy = async (id: string): Promise<string | null> => {
    let aimed: string | undefined;
    for (let attempts = 1; attempts <= retries.attempts; attempts += 1) {
      const [row] = await read([id]);
      // Whoever put another key in its place found it destroyed.
      if (row !== undefined && (row.state === 'destroyed' || (aimed ?? row.key_id) !== row.key_id)) return aimed ?? row.key_id;
      if (row === undefined) {
        if (await leaveTombstone(id)) return null;
      } else {
        aimed = row.key_id;
        const { matchedCount } = await connection.again('destroying a key of the vault', (bounds) =>
          keys.updateOne(
            { _id: id, key_id: row.key_id },
            { $set: { state: 'destroyed', wrapped: destroyedKey() } },
            { ...bounds },
          ),
        );
        if (matchedCount === 1) return row.key_id;
      }
      await pause(attempts);
    }
    throw contended(1);
  };

  /** A subject that never had a key gets its tombstone all the same: nothing may be sealed for it later. */
  const leaveTombstone = (id: string): Promise<boolean> => {
    const key_id = createKeyId();
    const row: KeyRow = {
      _id: id,
      key_id,
      ids: [key_id],
      state: 'destroyed',
      version: wrapping.version,
      wrapped: destroyedKey(),
    };
    return connection.again('destroying a key of the vault', (bounds) =>
      keys.insertOne(row, { ...bounds }).then(
        () => true,
        (error: unknown) => {
          if (!isDuplicateKey(error)) throw error;
          return false;
        },
      ),
    );
  };

  return {
    async ensure(ids) {
      const found = new Map<string, KeyRow>();
      for (let next = 0; next < ids.length; next += ROWS_AT_ONCE) await ensureSome(ids.slice(next, next + ROWS_AT_ONCE), found);
      return found;
    },
    async byKeyIds(keyIds) {
      const found = new Map<string, KeyRow>();
      for (let next = 0; next < keyIds.length; next += ROWS_AT_ONCE) {
        const some = keyIds.slice(next, next + ROWS_AT_ONCE);
        const rows = await connection.again('reading keys of the vault', (bounds) =>
          keys.find({ ids: { $in: some } }, { batchSize: some.length, ...bounds }).toArray(),
        );
        for (const row of rows) for (const id of row.ids) found.set(id, row);
      }
      return found;
    },
    destroy,
    reopen: async (id) => {
      await connection.again('reopening a subject of the vault', (bounds) =>
        keys.updateOne({ _id: id, state: 'destroyed' }, { $set: { state: 'reopened' } }, { ...bounds }),
      );
    },
  };
}

/** The key in a live row; `vault_entry_damaged` when it does not open. */
export function openRow(row: KeyRow, wrapping: KeyWrapping): Uint8Array {
  const { workspace, subject } = subjectOf(row);
  const key = wrapping.unwrap(bytesOf(row.wrapped), keyBinding(workspace, subject, row.key_id));
  if (key !== null) return key;
  throw new EngineError(
    'vault_entry_damaged',
    `expected key ${row.key_id} to open with vault key version ${String(wrapping.version)}, found damaged bytes (wrapped by version ${String(row.version)})`,
    { details: { key_id: row.key_id } },
  );
}

function isLostRace(error: unknown): boolean {
  if (!(error instanceof MongoBulkWriteError)) return false;
  const refusals = [error.writeErrors].flat();
  return refusals.length > 0 && refusals.every(isDuplicateId);
}

function contended(count: number): EngineError {
  return new EngineError(
    'store_unavailable',
    `expected ${String(count)} keys of the vault to stand after ${String(retries.attempts)} attempts, found other writers first`,
  );
}
