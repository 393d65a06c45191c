import type { RecordedEvent } from '../../../contracts/events/event.js';
import type { EngineError } from '../../../contracts/errors.js';
import type { SubscriptionMessage } from '../event-store.port.js';
import { categoryOf } from './stream-directory.js';

/** An event as subscribers get it, with its category worked out once for all of them. */
export interface LiveEvent {
  readonly message: SubscriptionMessage & { readonly kind: 'event' };
  readonly category: string;
}

/** The events that were committed together, `from` and `to` inclusive. */
export interface LiveGroup {
  readonly from: number;
  readonly to: number;
  readonly events: readonly LiveEvent[];
  readonly bytes: number;
}

const KEPT_BYTES = 4 * 1024 * 1024;
const KEPT_GROUPS = 4096;

/**
 * The newest events, so that subscribers that keep up never touch the disk. Bounded: whoever falls behind reads the log.
 * Without subscribers nothing is kept.
 */
export class LiveEvents {
  /** Last durable position, -1 for none. */
  head: number;
  /** Set once the store closed: nothing follows any more. */
  failure: EngineError | undefined;
  #groups: LiveGroup[] = [];
  #keptBytes = 0;
  #pending: LiveEvent[] = [];
  #pendingBytes = 0;
  #subscribers = 0;
  readonly #sleepers = new Set<() => void>();

  constructor(head: number) {
    this.head = head;
  }

  /** Adds a durable event of the group under way; positions come without gaps. */
  add(event: RecordedEvent, bytes: number): void {
    if (this.#subscribers === 0) return;
    this.#pending.push({ message: { kind: 'event', event }, category: categoryOf(event.stream) });
    this.#pendingBytes += bytes;
  }

  /** The group is complete up to `head`: subscribers see it from now on. */
  publish(head: number): void {
    const events = this.#pending;
    const from = head - events.length + 1;
    if (events.length > 0) this.#keep({ from, to: head, events, bytes: this.#pendingBytes });
    this.#pending = [];
    this.#pendingBytes = 0;
    if (head === this.head) return;
    this.head = head;
    this.wakeAll();
  }

  /** The group that holds the event behind `position`, undefined when it must be read from the log. */
  groupBehind(position: number): LiveGroup | undefined {
    let low = 0;
    let high = this.#groups.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const group = this.#groups[middle];
      if (group === undefined) return undefined;
      if (position + 1 < group.from) high = middle - 1;
      else if (position + 1 > group.to) low = middle + 1;
      else return group;
    }
    return undefined;
  }

  /** Calls `wake` once when something changed. */
  sleep(wake: () => void): void {
    this.#sleepers.add(wake);
  }

  /** Takes back what `sleep` asked for. */
  forget(wake: () => void): void {
    this.#sleepers.delete(wake);
  }

  /** Wakes everyone who sleeps. */
  wakeAll(): void {
    const woken = [...this.#sleepers];
    this.#sleepers.clear();
    for (const wake of woken) wake();
  }

  /** Counts a subscriber in; answers how to count it out again. */
  join(): () => void {
    this.#subscribers += 1;
    let joined = true;
    return () => {
      if (!joined) return;
      joined = false;
      this.#subscribers -= 1;
      if (this.#subscribers > 0) return;
      this.#groups = [];
      this.#keptBytes = 0;
    };
  }

  #keep(group: LiveGroup): void {
    this.#groups.push(group);
    this.#keptBytes += group.bytes;
    let drop = 0;
    let bytes = this.#keptBytes;
    while (drop < this.#groups.length - 1 && (bytes > KEPT_BYTES || this.#groups.length - drop > KEPT_GROUPS)) {
      bytes -= this.#groups[drop]?.bytes ?? 0;
      drop += 1;
    }
    if (drop === 0) return;
    this.#groups.splice(0, drop);
    this.#keptBytes = bytes;
  }
}
