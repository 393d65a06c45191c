import { EngineError } from '../contracts/errors.js';
import { isoInstant, type Clock } from './clock.js';
import { workspaceOf, type Block } from './processor/block.js';
import type { RetryOutcome } from './processor/retry-blocked.js';
import type { Slot } from './slot.js';

/** An event that could not be folded, and the key that waits behind it. */
export interface ProjectionDeadLetter {
  readonly id: string;
  readonly workspace: string;
  readonly projection: string;
  /** The key that stands still; `stream:<name>` when the event cannot be read at all. */
  readonly key: string;
  readonly event: { readonly id: string; readonly type: string; readonly stream: string; readonly revision: string };
  readonly reason: { readonly code: string; readonly message: string };
  /** `retrying` goes on by itself; `parked` waits for a person. */
  readonly state: 'retrying' | 'parked';
  readonly tries: number;
  readonly since: string;
  /** Later events of the key that wait too. */
  readonly skipped: number;
}

/** The dead letters of kind `projection`. */
export interface ProjectionDeadLetters {
  list(filter?: { readonly workspace?: string; readonly projection?: string }): readonly ProjectionDeadLetter[];
  get(id: string): ProjectionDeadLetter;
  /** Tries again now; resolves when the key goes on, or has failed again. `not_found` for an id that does not wait. */
  retry(id: string): Promise<RetryOutcome>;
  /** Leaves the event out of the projection for good, also in rebuilds, and lets the key go on. */
  drop(id: string, actor: string): Promise<RetryOutcome>;
}

/** The dead letters of all slots. */
export function createDeadLetters(slots: readonly Slot[], clock: Clock): ProjectionDeadLetters {
  function find(id: string): { readonly slot: Slot; readonly block: Block } {
    const [name, key] = parseId(id);
    const slot = slots.find((candidate) => candidate.entry.projection.name === name);
    const block = slot?.live()?.blockOf(key);
    if (slot === undefined || block === undefined) {
      throw new EngineError('not_found', 'Expected the id of a dead letter that waits; found none with this id.', {
        details: { id },
      });
    }
    return { slot, block };
  }

  async function retry(slot: Slot, key: string): Promise<RetryOutcome> {
    return (await slot.live()?.retry(key)) ?? 'still_blocked';
  }

  return {
    list({ workspace, projection } = {}) {
      const letters = slots.flatMap((slot) => (slot.live()?.blocks() ?? []).map((block) => letterOf(slot, block)));
      return letters.filter(
        (letter) =>
          (workspace === undefined || letter.workspace === workspace) &&
          (projection === undefined || letter.projection === projection),
      );
    },
    get(id) {
      const { slot, block } = find(id);
      return letterOf(slot, block);
    },
    async retry(id) {
      const { slot, block } = find(id);
      return retry(slot, block.key);
    },
    async drop(id, actor) {
      const { slot, block } = find(id);
      await slot.drops().add(block.key, block.event, { at: isoInstant(clock()), actor });
      return retry(slot, block.key);
    },
  };
}

function letterOf(slot: Slot, block: Block): ProjectionDeadLetter {
  const projection = slot.entry.projection.name;
  const { id, type, stream, revision } = block.event;
  return {
    id: Buffer.from(`${projection}\0${block.key}`, 'utf8').toString('base64url'),
    workspace: workspaceOf(block.key),
    projection,
    key: block.key,
    event: { id, type, stream, revision: revision.toString() },
    reason: block.reason,
    state: block.retryAt === undefined ? 'parked' : 'retrying',
    tries: block.tries,
    since: block.since,
    skipped: block.skipped,
  };
}

function parseId(id: string): readonly [string, string] {
  const [name = '', key = ''] = Buffer.from(id, 'base64url').toString('utf8').split('\0');
  return [name, key];
}
