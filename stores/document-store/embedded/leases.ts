import { EngineError } from '../../../contracts/errors.js';
import type { Fence, Lease } from '../document-store.port.js';
import { type Database, integerOf, textOf } from './database.js';

/** Refuses (`fenced`) when a newer epoch of the lease exists; to be called in the transaction of what it protects. */
export function checkFence(database: Database, fence: Fence | undefined): void {
  if (fence === undefined) return;
  const row = database.row('SELECT epoch FROM leases WHERE name = ?', fence.lease);
  if (row === undefined || integerOf(row[0]) <= fence.epoch) return;
  throw new EngineError(
    'fenced',
    `expected epoch ${String(row[0])} of lease "${fence.lease}", found a write of epoch ${String(fence.epoch)}`,
    {
      details: { lease: fence.lease, epoch: fence.epoch, current: integerOf(row[0]) },
    },
  );
}

/** Takes or renews the lease; null while another holder has it. */
export function acquireLease(
  database: Database,
  request: { readonly name: string; readonly holder: string; readonly now: number; readonly ttlMs: number },
): Lease | null {
  const { name, holder, now, ttlMs } = request;
  const row = database.row('SELECT holder, epoch, expires_at FROM leases WHERE name = ?', name);
  const previous =
    row === undefined
      ? { holder: '', epoch: 0n, expires_at: 0n }
      : { holder: textOf(row[0]), epoch: integerOf(row[1]), expires_at: integerOf(row[2]) };
  const isOurs = previous.holder === holder;
  if (!isOurs && previous.expires_at > BigInt(now)) return null;
  const epoch = isOurs ? previous.epoch : previous.epoch + 1n;
  database.run(
    'INSERT OR REPLACE INTO leases (name, holder, epoch, expires_at) VALUES (?, ?, ?, ?)',
    name,
    holder,
    epoch,
    now + ttlMs,
  );
  return { name, holder, epoch };
}

/** Gives the lease up; the epoch stays, so that the next holder gets a higher one. */
export function releaseLease(database: Database, lease: Lease): void {
  database.run(
    "UPDATE leases SET holder = '', expires_at = 0 WHERE name = ? AND holder = ? AND epoch = ?",
    lease.name,
    lease.holder,
    lease.epoch,
  );
}

/** The stored checkpoint, or null. */
export function readCheckpoint(database: Database, name: string): bigint | null {
  const row = database.row('SELECT position FROM checkpoints WHERE name = ?', name);
  return row === undefined ? null : integerOf(row[0]);
}

/** Stores the checkpoint, whatever was there before. */
export function writeCheckpoint(database: Database, name: string, position: bigint): void {
  database.run('INSERT OR REPLACE INTO checkpoints (name, position) VALUES (?, ?)', name, position);
}

/** Forgets the checkpoint. */
export function dropCheckpoint(database: Database, name: string): void {
  database.run('DELETE FROM checkpoints WHERE name = ?', name);
}
