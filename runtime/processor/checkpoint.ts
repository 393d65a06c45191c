import type { Position } from '../../contracts/events/event.js';
import type { DocumentStore, Fence } from '../../stores/document-store/document-store.port.js';
import type { Clock } from '../clock.js';

/** Where a processor starts again. Documents carry positions of their own, so it may stand still for a while, but never run ahead. */
export interface Checkpoint {
  /** Everything up to the position is done; `folded` says how many events were, in this step. */
  note(position: Position, folded: number): void;
  /** When the next write is due, Infinity when nothing changed. */
  nextDue(): number;
  /** Writes the noted position, after `before` has made durable what must be there first. */
  write(before: () => Promise<void>): Promise<void>;
}

export interface CheckpointOptions {
  readonly documentStore: DocumentStore;
  readonly name: string;
  readonly stored: Position;
  readonly clock: Clock;
  readonly fence: () => Fence;
  /** The longest that it stays behind when everything was passed over. */
  readonly skippedMs: number;
}

/** How long folded events may be ahead of the checkpoint: what a crash makes the next start read again. */
const AFTER_FOLDED_MS = 1_000;

/** The checkpoint of one processor. */
export function createCheckpoint(options: CheckpointOptions): Checkpoint {
  const { clock } = options;
  let written = options.stored;
  let noted = options.stored;
  let due = Infinity;

  return {
    note(position, folded) {
      if (position <= noted) return;
      noted = position;
      due = Math.min(due, clock() + (folded > 0 ? AFTER_FOLDED_MS : options.skippedMs));
    },
    nextDue: () => due,
    async write(before) {
      await before();
      const position = noted;
      if (position > written) await options.documentStore.writeCheckpoint(options.name, position, options.fence());
      written = position;
      due = Infinity;
    },
  };
}
