import type { Fence } from '../document-store.port.js';
import { type Collections, collectionRowId } from './collections.js';
import type { Connection } from './connection.js';
import { checkEpoch, leaseRowId } from './leases.js';

/** For so long a look at the lease counts. A process that was frozen looks again before it writes. */
const COUNTS_MS = 500;
/** A server that always takes longer to answer is believed in the end. */
const LOOKS = 3;

/** Refuses writes to a collection that is not there (`invalid_input`) and writes under an old epoch (`fenced`). */
export interface Guard {
  /** To be called right before each batch; looks only when the last look is too old. */
  check(): Promise<void>;
}

/** The collection that a call writes to. */
export interface Into {
  readonly connection: Connection;
  readonly collections: Collections;
  readonly collection: string;
  readonly guard: Guard;
  /** In ms since 1970; decides what has expired. */
  readonly now: number;
}

/** Guards the writes of one call. */
export function guardOf(
  connection: Connection,
  collections: Collections,
  writes: { readonly collection: string; readonly fence?: Fence },
): Guard {
  const { collection, fence } = writes;
  if (fence === undefined) return { check: () => collections.checkIsThere(collection) };
  const ids = [leaseRowId(fence.lease), collectionRowId(collection)] as const;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const check = async (): Promise<void> => {
    for (let looks = 0; looks < LOOKS && performance.now() - lookedAt > COUNTS_MS; looks += 1) {
      // From before the look on, so that being frozen during it counts too.
      lookedAt = performance.now();
      const rows = await connection.again(`checking lease "${fence.lease}"`, (bounds) =>
        connection.control.find({ _id: { $in: [...ids] } }, { ...bounds }).toArray(),
      );
      collections.noteWhetherThere(
        collection,
        rows.some(({ _id }) => _id === ids[1]),
      );
      checkEpoch(
        rows.find(({ _id }) => _id === ids[0]),
        fence,
      );
    }
  };
  return { check };
}
