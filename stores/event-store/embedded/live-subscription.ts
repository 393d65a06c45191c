import { type EngineError } from '../../../contracts/errors.js';
import type { SubscribeOptions, SubscriptionMessage } from '../event-store.port.js';
import { batchedIterable, type BatchSource } from '../batched-iterable.js';
import { CHUNK } from './event-reads.js';
import type { LiveEvents } from './live-events.js';
import { fromPortable } from './log-errors.js';
import type { ReadClient } from './read-client.js';
import type { EventChunk } from './reader-protocol.js';
import { unpackEvents } from './row-frames.js';

/** A subscription: from the log until it has caught up, from memory while it keeps up, from the log again when it falls behind. */
export function subscribeToEvents(
  client: ReadClient,
  live: LiveEvents,
  options: SubscribeOptions,
): AsyncIterable<SubscriptionMessage> {
  return batchedIterable(
    () => new LiveSubscription(client, live, options),
    () => options.signal.aborted,
  );
}

class LiveSubscription implements BatchSource<SubscriptionMessage> {
  readonly #client: ReadClient;
  readonly #live: LiveEvents;
  readonly #signal: AbortSignal;
  readonly #categories: ReadonlySet<string> | null;
  readonly #leave: () => void;
  /** Everything up to here was delivered or did not match. */
  #position: number;
  #behind = true;
  #damage: EngineError | undefined;
  #ahead: Promise<EventChunk> | undefined;
  #wake: (() => void) | undefined;

  constructor(client: ReadClient, live: LiveEvents, options: SubscribeOptions) {
    this.#client = client;
    this.#live = live;
    this.#signal = options.signal;
    this.#position = Number(options.after);
    this.#categories = options.categories === undefined ? null : new Set(options.categories);
    this.#leave = live.join();
    this.#signal.addEventListener('abort', this.#onAbort);
  }

  async next(): Promise<readonly SubscriptionMessage[] | null> {
    for (;;) {
      if (this.#signal.aborted) return null;
      if (this.#damage !== undefined) throw this.#damage;
      if (this.#live.failure !== undefined) throw this.#live.failure;
      if (this.#position >= this.#live.head) {
        if (this.#behind) {
          this.#behind = false;
          return [{ kind: 'caught_up', position: BigInt(this.#position) }];
        }
        await this.#somethingNew();
        continue;
      }
      const messages = (this.#ahead === undefined ? this.#fromMemory() : undefined) ?? (await this.#fromLog());
      if (messages.length > 0) return messages;
    }
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#leave();
    this.#onAbort();
  }

  readonly #onAbort = (): void => {
    if (this.#wake === undefined) return;
    this.#live.forget(this.#wake);
    this.#wake();
  };

  async #somethingNew(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#live.sleep(resolve);
    });
    this.#wake = undefined;
  }

  #fromMemory(): SubscriptionMessage[] | undefined {
    const group = this.#live.groupBehind(this.#position);
    if (group === undefined) return undefined;
    const messages: SubscriptionMessage[] = [];
    for (let index = this.#position + 1 - group.from; index < group.events.length; index += 1) {
      const event = group.events[index];
      if (event === undefined) break;
      if (this.#categories === null || this.#categories.has(event.category)) messages.push(event.message);
    }
    this.#position = group.to;
    return this.#withCheckpoint(messages);
  }

  async #fromLog(): Promise<SubscriptionMessage[]> {
    this.#behind = true;
    const chunk = await (this.#ahead ?? this.#read(this.#position));
    this.#ahead = undefined;
    const messages: SubscriptionMessage[] = unpackEvents(chunk.packed).map((event) => ({ kind: 'event', event }));
    this.#position = Math.max(this.#position, chunk.scanned);
    if (chunk.damage !== undefined) this.#damage = fromPortable(chunk.damage);
    else if (!chunk.done) {
      this.#ahead = this.#read(this.#position);
      // Whoever pulls next sees the error; if nobody does, it concerns nobody.
      this.#ahead.catch(() => undefined);
    }
    return this.#withCheckpoint(messages);
  }

  #read(after: number): Promise<EventChunk> {
    const categories = this.#categories === null ? null : [...this.#categories];
    return this.#client.chunk({ kind: 'all', after, until: this.#live.head, categories, limits: CHUNK });
  }

  /** Says how far the skipped events behind the last delivered one go. */
  #withCheckpoint(messages: SubscriptionMessage[]): SubscriptionMessage[] {
    const last = messages.at(-1);
    const delivered = last?.kind === 'event' ? last.event.position : -1n;
    if (BigInt(this.#position) > delivered) messages.push({ kind: 'checkpoint', position: BigInt(this.#position) });
    return messages;
  }
}
