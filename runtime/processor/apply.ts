import { EngineError, isEngineError } from '../../contracts/errors.js';
import type { JsonObject } from '../../contracts/json.js';
import type { DocumentWrite } from '../../stores/document-store/document-store.port.js';
import type { Clock } from '../clock.js';
import type { Projection } from '../projection.js';
import { isRetryable } from '../retry.js';
import type { DocumentCache } from './document-cache.js';
import type { Failure } from './failure.js';
import { foldKey } from './fold.js';
import { pointAt, type KeyGroup } from './groups.js';
import { createPatchGroups } from './patch-groups.js';
import type { Reactions } from './reactions.js';

/** Folds groups into their documents and lets the reactor decide; answers the keys that cannot go on. */
export type Apply = (groups: readonly KeyGroup[]) => Promise<readonly Failure[]>;

export interface ApplyOptions {
  readonly projection: Projection<JsonObject>;
  readonly documents: DocumentCache;
  /** Absent in a generation that is being built: replays never act. */
  readonly reactions: Reactions | null;
  readonly clock: Clock;
}

/** After so many lost compare-and-sets in a row the batch is begun again later. */
const CAS_ROUNDS = 8;
/** One event can concern thousands of keys; what is changed alike in them is not held in memory all together. */
const PATCHED_AT_ONCE = 1_000;
/** Documents, of different keys, that are folded while those before them are written: enough of them to be worth a message. */
const FOLDED_AT_ONCE = 500;
const LANES = 2;

/**
 * Emissions ▸ reactor state ▸ documents, each key exactly once whatever is repeated. What fails as a whole is split until the event that
 * fails is alone; rejects only for what has nothing to do with the events (a store that is away, a lost lease).
 */
export function createApply(options: ApplyOptions): Apply {
  const { projection, documents, reactions, clock } = options;
  const patch = createPatchGroups(options);

  async function applyOnce(groups: readonly KeyGroup[]): Promise<readonly Failure[]> {
    const failures = new Map<string, Failure>();
    let pending = groups;
    for (let round = 0; pending.length > 0; round += 1) {
      if (round === CAS_ROUNDS) throw lostTooOften(projection.name);
      const keys = pending.map((group) => group.key);
      const [loaded, states] = await Promise.all([documents.load(keys), reactions?.load(keys)]);
      const reacting = states === undefined ? undefined : await reactions?.begin(pending, { documents: loaded, states });
      const writes: DocumentWrite[] = [];
      for (const group of pending) {
        const known = loaded.get(group.key) ?? { position: 'none', body: null };
        const { write, failure } = foldKey(projection, group, { loaded: known, clock, onFolded: reacting?.reactTo(group.key) });
        if (write !== undefined) writes.push(write);
        if (failure === undefined) failures.delete(group.key);
        else failures.set(group.key, failure);
      }
      const lostStates = await reacting?.commit();
      const lost = await documents.write(lostStates === undefined ? writes : writes.filter((write) => !lostStates.has(write.id)));
      pending = pending.filter((group) => lost.has(group.key) || lostStates?.has(group.key) === true);
    }
    return [...failures.values()];
  }

  async function patchThenApply(groups: readonly KeyGroup[]): Promise<readonly Failure[]> {
    return applyInLanes(await patched(groups));
  }

  async function patched(groups: readonly KeyGroup[]): Promise<readonly KeyGroup[]> {
    try {
      return await patch(groups);
    } catch (error) {
      if (isOfTheStores(error)) throw error;
      // What cannot be changed without being read fails again when it is folded, and alone.
      return groups;
    }
  }

  /** Keys are independent of each other, so some are folded while others are written. */
  async function applyInLanes(groups: readonly KeyGroup[]): Promise<readonly Failure[]> {
    const failed: Failure[] = [];
    let next = 0;
    async function lane(): Promise<void> {
      while (next < groups.length) {
        const part = groups.slice(next, (next += FOLDED_AT_ONCE));
        failed.push(...(await apply(part)));
      }
    }
    const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
    const broken = lanes.find((result) => result.status === 'rejected');
    // Only when nothing is on its way any more may the batch be begun again.
    if (broken !== undefined) throw broken.reason;
    return failed;
  }

  async function apply(groups: readonly KeyGroup[]): Promise<readonly Failure[]> {
    try {
      return await applyOnce(groups);
    } catch (error) {
      if (isOfTheStores(error)) throw error;
      documents.forget(groups.map((group) => group.key));
      const halves = split(groups);
      if (halves === null) return failureOfOne(groups, error);
      const failed = [...(await apply(halves.first))];
      // A key that failed in its first half must not go on with its second.
      const keys = new Set(failed.map((failure) => failure.key));
      failed.push(...(await apply(halves.second.filter((group) => !keys.has(group.key)))));
      return failed;
    }
  }

  return async (groups) => {
    const failed: Failure[] = [];
    for (let start = 0; start < groups.length; start += PATCHED_AT_ONCE) {
      failed.push(...(await patchThenApply(groups.slice(start, start + PATCHED_AT_ONCE))));
    }
    return failed;
  };
}

/** Failures that say nothing about the events. */
function isOfTheStores(error: unknown): boolean {
  return isRetryable(error) || isEngineError(error, 'fenced') || isEngineError(error, 'corrupt_event');
}

function split(groups: readonly KeyGroup[]): { first: readonly KeyGroup[]; second: readonly KeyGroup[] } | null {
  if (groups.length > 1) {
    const middle = groups.length >> 1;
    return { first: groups.slice(0, middle), second: groups.slice(middle) };
  }
  const [only] = groups;
  if (only === undefined || only.events.length < 2) return null;
  const middle = only.events.length >> 1;
  const part = (events: KeyGroup['events']): readonly KeyGroup[] => [{ key: only.key, events }];
  return { first: part(only.events.slice(0, middle)), second: part(only.events.slice(middle)) };
}

function failureOfOne(groups: readonly KeyGroup[], error: unknown): readonly Failure[] {
  return groups.flatMap(({ key, events }) => events.map(({ event }) => ({ key, event: pointAt(event), error })));
}

function lostTooOften(projection: string): EngineError {
  return new EngineError(
    'wrong_expected_revision',
    `Expected to be the only writer of ${projection}; its documents were changed ${CAS_ROUNDS} times in a row.`,
  );
}
