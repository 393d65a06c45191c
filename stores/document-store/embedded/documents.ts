import type { CollectionTable } from './collections.js';
import { type Database, integerOf, textOf } from './database.js';
import { NOTHING, type Rows, type WriteRows } from './protocol.js';

/** Shown for ever; the largest number that survives as a JavaScript number. */
const FOR_EVER = BigInt(Number.MAX_SAFE_INTEGER);

/** From so many ids on, one statement for all is faster than one for each. */
const MANY = 4;

/** The documents and tombstones of these ids that are stored and have not expired. */
export function readRows(
  database: Database,
  table: string,
  request: { readonly ids: readonly string[]; readonly now: number },
): Rows {
  const { ids, now } = request;
  const isShown = '(d.expires_at IS NULL OR d.expires_at > ?)';
  const alone = `SELECT d.id, d.position, json(d.body) FROM ${table} d WHERE d.id = ? AND ${isShown}`;
  const together = `SELECT d.id, d.position, json(d.body) FROM json_each(?) e CROSS JOIN ${table} d ON d.id = e.value WHERE ${isShown}`;
  const rows =
    ids.length < MANY
      ? ids.flatMap((id) => database.rows(alone, id, now))
      : database.rows(together, JSON.stringify([...new Set(ids)]), now);
  return {
    ids: rows.map(([id]) => textOf(id)),
    positions: BigInt64Array.from(rows, ([, position]) => integerOf(position)),
    bodies: rows.map(([, , json]) => (json === null || json === undefined ? null : textOf(json))),
  };
}

/** Compares and sets each row, within the transaction of the caller; answers the indexes of the rows that lost. */
export function writeRows(
  database: Database,
  into: CollectionTable,
  request: { readonly writes: WriteRows; readonly now: number },
): readonly number[] {
  const { ids, positions, expected, bodies, expiries } = request.writes;
  const write = rowWriter(database, into, BigInt(request.now));
  return ids.flatMap((id, index) => {
    const expiry = expiries[index] ?? null;
    const row = {
      id,
      position: positions[index] ?? 0n,
      expected: expected[index] ?? NOTHING,
      json: bodies[index] ?? null,
      expires: expiry === null ? null : BigInt(expiry),
    };
    return write(row) ? [] : [index];
  });
}

interface Row {
  readonly id: string;
  readonly position: bigint;
  readonly expected: bigint;
  readonly json: string | null;
  readonly expires: bigint | null;
}

function rowWriter(database: Database, into: CollectionTable, now: bigint): (row: Row) => boolean {
  const { table, values } = into;
  const unchanged = values.map(({ column, expression }) => `, ${column} IS ${expression}`).join('');
  const select = `SELECT seq, position, shown_until, expires_at${unchanged} FROM ${table} WHERE id = ?2`;
  const columns = values.map(({ column }) => `${column}, `).join('');
  const expressions = values.map(({ expression }) => `${expression}, `).join('');
  const insert = `INSERT INTO ${table} (id, position, shown_until, expires_at, ${columns}body) VALUES (?2, ?3, ?4, ?5, ${expressions}jsonb(?1))`;

  return ({ id, position, expected, json, expires }) => {
    const stored = database.row(select, json, id);
    const expiry = stored?.[3] ?? null;
    const isThere = stored !== undefined && (expiry === null || integerOf(expiry) > now);
    if (isThere ? stored[1] !== expected : expected !== NOTHING) return false;

    const shownUntil = json === null ? 0n : (expires ?? FOR_EVER);
    if (stored === undefined) {
      database.run(insert, json, id, position, shownUntil, expires);
      return true;
    }
    // Only what differs is assigned, because SQLite rewrites the indexes over every column that is.
    const changed = values
      .filter((_, index) => stored[4 + index] === 0n)
      .map(({ column, expression }) => `${column} = ${expression}, `);
    const isShownAlike = stored[2] === shownUntil && expiry === expires;
    const shown = isShownAlike ? '' : 'shown_until = ?4, expires_at = ?5, ';
    const update = `UPDATE ${table} SET position = ?3, ${shown}${changed.join('')}body = jsonb(?1) WHERE seq = ?2`;
    database.run(update, json, integerOf(stored[0]), position, ...(isShownAlike ? [] : [shownUntil, expires]));
    return true;
  };
}

/** Forgets every row whose time has come; answers how many. */
export function purgeRows(database: Database, table: string, now: number): number {
  return database.run(`DELETE FROM ${table} WHERE expires_at <= ?`, now);
}
