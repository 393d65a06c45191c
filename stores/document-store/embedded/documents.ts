import { type Database, integerOf, textOf } from './database.js';
import type { StoredRow, WriteRow } from './protocol.js';

/** Shown for ever; the largest number that survives as a JavaScript number. */
const FOR_EVER = BigInt(Number.MAX_SAFE_INTEGER);

/** The documents and tombstones of these ids that are stored and have not expired. */
export function readRows(
  database: Database,
  table: string,
  request: { readonly ids: readonly string[]; readonly now: number },
): readonly StoredRow[] {
  const text = `SELECT position, json(body) FROM ${table} WHERE id = ? AND (expires_at IS NULL OR expires_at > ?)`;
  return request.ids.flatMap((id) => {
    const row = database.row(text, id, request.now);
    if (row === undefined) return [];
    const [position, json] = row;
    return [{ id, position: integerOf(position), json: json === null ? null : textOf(json) }];
  });
}

/** Compares and sets each row, within the transaction of the caller; answers the indexes of the rows that lost. */
export function writeRows(
  database: Database,
  table: string,
  request: { readonly writes: readonly WriteRow[]; readonly now: number },
): readonly number[] {
  const lost: number[] = [];
  request.writes.forEach((write, index) => {
    if (!writeRow(database, table, { write, now: BigInt(request.now) })) lost.push(index);
  });
  return lost;
}

function writeRow(database: Database, table: string, request: { readonly write: WriteRow; readonly now: bigint }): boolean {
  const { id, position, json, expected, expires_at } = request.write;
  const stored = database.row(`SELECT seq, position, shown_until, expires_at FROM ${table} WHERE id = ?`, id);
  const expiry = stored?.[3] ?? null;
  const isThere = stored !== undefined && (expiry === null || integerOf(expiry) > request.now);
  if (isThere ? stored[1] !== expected : expected !== null) return false;

  const expires = expires_at === null ? null : BigInt(expires_at);
  const shownUntil = json === null ? 0n : (expires ?? FOR_EVER);
  if (stored === undefined) {
    const columns = 'id, position, shown_until, expires_at, body';
    database.run(`INSERT INTO ${table} (${columns}) VALUES (?, ?, ?, ?, jsonb(?))`, id, position, shownUntil, expires, json);
  } else if (stored[2] === shownUntil && expiry === expires) {
    // The usual case, apart, because it leaves the indexes over the other columns alone.
    database.run(`UPDATE ${table} SET position = ?, body = jsonb(?) WHERE seq = ?`, position, json, integerOf(stored[0]));
  } else {
    const columns = 'position = ?, shown_until = ?, expires_at = ?, body = jsonb(?)';
    database.run(`UPDATE ${table} SET ${columns} WHERE seq = ?`, position, shownUntil, expires, json, integerOf(stored[0]));
  }
  return true;
}

/** Forgets every row whose time has come; answers how many. */
export function purgeRows(database: Database, table: string, now: number): number {
  return database.run(`DELETE FROM ${table} WHERE expires_at <= ?`, now);
}
