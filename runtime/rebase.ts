import { isEngineError } from '../contracts/errors.js';
import type { JsonObject } from '../contracts/json.js';
import type { RunningJobs } from './jobs.js';
import { forgetBuilding } from './rebuild.js';
import { pause } from './retry.js';
import { isSameBasis, type Slot } from './slot.js';

/** What documents are made by: the version of the code, and what they depend on beside the log. */
interface Making {
  readonly version: number;
  readonly basis: JsonObject;
}

/** Until the end of a verification is looked for again. */
const WHILE_BUSY_MS = 250;

/**
 * Sees to it that what serves, or is on its way, is made as documents would be made now: goes on with a rebuild that was interrupted,
 * begins one where the version or the basis has changed, and calls off one that was begun for what no longer is.
 */
export async function rebase(
  slot: Slot,
  options: { readonly jobs: Pick<RunningJobs, 'rebuild' | 'rebuildOf'>; readonly isRunning: () => boolean },
): Promise<void> {
  const { jobs, isRunning } = options;
  const { name, version } = slot.entry.projection;
  while (isRunning()) {
    const wanted: Making = { version, basis: await slot.basis() };
    const job = await jobs.rebuildOf(name);
    const entry = slot.catalogue();
    if (entry === null || !isRunning()) return;
    const { building } = entry;
    const isUnderWay = building !== undefined && isSame(building, wanted);
    if (job !== null) {
      if (isUnderWay) return;
      job.cancel();
      await job.done.catch(() => undefined);
    } else if (isUnderWay || !isSame(entry, wanted)) {
      if (await isBegun(() => jobs.rebuild(name, isUnderWay ? building.mode : 'auto'))) return;
      await pause(WHILE_BUSY_MS);
    } else {
      if (building !== undefined) await forgetBuilding(slot, building.generation);
      return;
    }
  }
}

async function isBegun(rebuild: () => Promise<unknown>): Promise<boolean> {
  try {
    await rebuild();
    return true;
  } catch (error) {
    if (isEngineError(error, 'rebuild_running')) return false;
    throw error;
  }
}

function isSame(made: Making, wanted: Making): boolean {
  return made.version === wanted.version && isSameBasis(made.basis, wanted.basis);
}
