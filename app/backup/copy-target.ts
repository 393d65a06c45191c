import type { EventStore } from '../../stores/event-store/event-store.port.js';
import type { VaultEntries } from '../../stores/vault/vault-entries.port.js';
import type { PositionKind } from './position-trail.js';

/** An empty log and vault, or ones that hold the beginning of the same copy; no engine opens them until the copy is finished. */
export interface CopyTarget {
  readonly log: Pick<EventStore, 'id' | 'append' | 'readAll'>;
  readonly positions: PositionKind;
  readonly vault: VaultEntries;
  /** The copy is whole and verified: an engine may open it. */
  finish(): Promise<void>;
  /** Lets go of everything, whether it is finished or not. */
  close(): Promise<void>;
}
