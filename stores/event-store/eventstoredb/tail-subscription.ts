import type { Position } from '../../../contracts/events/event.js';
import { parseStreamName } from '../../../contracts/events/streams.js';
import type { BatchSource } from '../batched-iterable.js';
import type { SubscribeOptions, SubscriptionMessage } from '../event-store.port.js';
import { CatchUpSubscription } from './catch-up-subscription.js';
import type { LiveTail, TailGroup } from './live-tail.js';
import type { Session } from './session.js';

/** A subscription: by itself until it is where the process's tail of the log is, then from that, by itself again when it falls behind. */
export class TailSubscription implements BatchSource<SubscriptionMessage> {
  readonly #session: Session;
  readonly #tail: LiveTail;
  readonly #options: SubscribeOptions;
  readonly #categories: ReadonlySet<string> | null;
  readonly #ended: AbortSignal;
  readonly #leave: () => void;
  /** Everything up to here was delivered or did not match. */
  #position: Position;
  #behind = true;
  #own: CatchUpSubscription | undefined;
  #wake: (() => void) | undefined;

  constructor(session: Session, tail: LiveTail, options: SubscribeOptions) {
    this.#session = session;
    this.#tail = tail;
    this.#options = options;
    this.#position = options.after;
    this.#categories = options.categories === undefined ? null : new Set(options.categories);
    this.#ended = AbortSignal.any([options.signal, session.closed]);
    this.#ended.addEventListener('abort', this.#onAbort);
    this.#leave = tail.join();
  }

  async next(): Promise<readonly SubscriptionMessage[] | null> {
    while (!this.#ended.aborted) {
      this.#tail.assertReading();
      const messages = this.#tail.covers(this.#position) ? await this.#fromTail() : await this.#byItself();
      if (messages === null) break;
      if (messages.length > 0) return messages;
    }
    this.#session.assertOpen();
    return null;
  }

  close(): void {
    this.#ended.removeEventListener('abort', this.#onAbort);
    this.#endOwn();
    this.#leave();
    this.#onAbort();
  }

  readonly #onAbort = (): void => {
    if (this.#wake === undefined) return;
    this.#tail.forget(this.#wake);
    this.#wake();
  };

  async #byItself(): Promise<readonly SubscriptionMessage[] | null> {
    this.#own ??= new CatchUpSubscription(this.#session, { ...this.#options, after: this.#position });
    const messages = await this.#own.next();
    for (const message of messages ?? []) {
      this.#position = message.kind === 'event' ? message.event.position : message.position;
      this.#behind = message.kind !== 'caught_up';
    }
    return messages;
  }

  async #fromTail(): Promise<SubscriptionMessage[]> {
    this.#endOwn();
    const group = this.#tail.behind(this.#position);
    if (group !== undefined) return this.#take(group);
    if (this.#behind && this.#tail.isCaughtUp()) {
      this.#behind = false;
      return [{ kind: 'caught_up', position: this.#position }];
    }
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#tail.sleep(resolve);
    });
    this.#wake = undefined;
    return [];
  }

  #take({ events, to }: TailGroup): SubscriptionMessage[] {
    const messages: SubscriptionMessage[] = [];
    for (const event of events) {
      if (event.position > this.#position && this.#isWanted(event.stream)) messages.push({ kind: 'event', event });
    }
    const last = messages.at(-1);
    if (last?.kind !== 'event' || last.event.position < to) messages.push({ kind: 'checkpoint', position: to });
    this.#position = to;
    return messages;
  }

  #isWanted(stream: string): boolean {
    if (this.#categories === null) return true;
    const category = parseStreamName(stream)?.category;
    return category !== undefined && this.#categories.has(category);
  }

  #endOwn(): void {
    this.#own?.close();
    this.#own = undefined;
  }
}
