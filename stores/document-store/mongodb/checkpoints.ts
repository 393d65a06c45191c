import type { Fence } from '../document-store.port.js';
import { pause, retries } from '../../mongodb/connection.js';
import type { Connection } from './connection.js';
import { isDuplicateKey } from '../../mongodb/driver-errors.js';
import { checkEpoch, fenced, leaseRowId } from './leases.js';

const rowId = (name: string): string => `checkpoint/${name}`;

/** The stored checkpoint, or null. */
export async function readCheckpoint(connection: Connection, name: string): Promise<bigint | null> {
  const row = await connection.again(`reading checkpoint "${name}"`, (bounds) =>
    connection.control.findOne({ _id: rowId(name) }, { ...bounds }),
  );
  return row?.position ?? null;
}

/** Stores the checkpoint, whatever was there before, unless a newer epoch of the lease exists or has written it. */
export async function writeCheckpoint(
  connection: Connection,
  name: string,
  to: { readonly position: bigint; readonly fence?: Fence },
): Promise<void> {
  const { control } = connection;
  const { position, fence } = to;
  const doing = `writing checkpoint "${name}"`;
  const under = fence === undefined ? {} : { lease: fence.lease, epoch: fence.epoch };
  const isNewer = fence === undefined ? {} : { $nor: [{ lease: fence.lease, epoch: { $gt: fence.epoch } }] };
  for (let attempts = 1; ; attempts += 1) {
    if (fence !== undefined) {
      const lease = await connection.again(doing, (bounds) => control.findOne({ _id: leaseRowId(fence.lease) }, { ...bounds }));
      checkEpoch(lease ?? undefined, fence);
    }
    const isWritten = await connection.again(doing, (bounds) =>
      control.updateOne({ _id: rowId(name), ...isNewer }, { $set: { position, ...under } }, { upsert: true, ...bounds }).then(
        () => true,
        (error: unknown) => {
          // It is there and was written under a newer epoch, or somebody made it just now.
          if (!isDuplicateKey(error) || attempts > retries.attempts) throw error;
          return false;
        },
      ),
    );
    if (isWritten) return;
    const row = await connection.again(doing, (bounds) => control.findOne({ _id: rowId(name) }, { ...bounds }));
    if (fence !== undefined && row?.lease === fence.lease && (row.epoch ?? 0n) > fence.epoch)
      throw fenced(fence, row.epoch ?? 0n);
    await pause(attempts);
  }
}

/** Forgets the checkpoint. */
export async function dropCheckpoint(connection: Connection, name: string): Promise<void> {
  await connection.again(`dropping checkpoint "${name}"`, (bounds) =>
    connection.control.deleteOne({ _id: rowId(name) }, { ...bounds }),
  );
}
