import type { Fence, Lease } from '../document-store.port.js';
import { EngineError } from '../../../contracts/errors.js';
import { pause, retries } from '../../mongodb/connection.js';
import type { Connection } from './connection.js';
import { isDuplicateKey } from '../../mongodb/driver-errors.js';
import type { ControlRow } from './rows.js';

/** The id of the control row of a lease. */
export function leaseRowId(name: string): string {
  return `lease/${name}`;
}

/** Refuses (`fenced`) when the row of the lease holds a newer epoch. */
export function checkEpoch(row: ControlRow | undefined, fence: Fence): void {
  const current = row?.epoch;
  if (current === undefined || current <= fence.epoch) return;
  throw fenced(fence, current);
}

/** The refusal of a write under an old epoch. */
export function fenced(fence: Fence, current: bigint): EngineError {
  const message = `expected epoch ${String(current)} of lease "${fence.lease}", found a write of epoch ${String(fence.epoch)}`;
  return new EngineError('fenced', message, { details: { lease: fence.lease, epoch: fence.epoch, current } });
}

/**
 * Takes or renews the lease by compare-and-set on what was read; null while another holder has it. An attempt of unknown outcome is followed by
 * another reading, which finds the lease held by whom it is for.
 */
export async function acquireLease(
  connection: Connection,
  request: { readonly name: string; readonly holder: string; readonly now: number; readonly ttlMs: number },
): Promise<Lease | null> {
  const { name, holder, now, ttlMs } = request;
  const { control } = connection;
  const _id = leaseRowId(name);
  const expires_at = now + ttlMs;
  for (let attempts = 1; attempts <= retries.attempts; attempts += 1) {
    const row = await connection.again(`reading lease "${name}"`, (bounds) => control.findOne({ _id }, { ...bounds }));
    const isOurs = row?.holder === holder;
    if (row !== null && !isOurs && (row.expires_at ?? 0) > now) return null;
    const epoch = (row?.epoch ?? 0n) + (isOurs ? 0n : 1n);
    const doing = `taking lease "${name}"`;
    if (row === null) {
      const isNew = await connection.again(doing, (bounds) =>
        control.insertOne({ _id, holder, epoch, expires_at }, { ...bounds }).then(
          () => true,
          (error: unknown) => {
            if (!isDuplicateKey(error)) throw error;
            return false;
          },
        ),
      );
      if (isNew) return { name, holder, epoch };
    } else {
      const as = { _id, holder: row.holder ?? '', epoch: row.epoch ?? 0n, ...(!isOurs && { expires_at: row.expires_at ?? 0 }) };
      const { matchedCount } = await connection.again(doing, (bounds) =>
        control.updateOne(as, { $set: { holder, epoch, expires_at } }, { ...bounds }),
      );
      if (matchedCount === 1) return { name, holder, epoch };
    }
    await pause(attempts);
  }
  return null;
}

/** Gives the lease up; the epoch stays, so that the next holder gets a higher one. */
export async function releaseLease(connection: Connection, { name, holder, epoch }: Lease): Promise<void> {
  await connection.again(`releasing lease "${name}"`, (bounds) =>
    connection.control.updateOne(
      { _id: leaseRowId(name), holder, epoch },
      { $set: { holder: '', expires_at: 0 } },
      { ...bounds },
    ),
  );
}
