import { START, streamNameFilter, type AllStreamResolvedEvent, type AllStreamSubscription } from '@eventstore/db-client';
import { EngineError } from '../../../contracts/errors.js';
import type { BatchSource } from '../batched-iterable.js';
import type { SubscribeOptions, SubscriptionMessage } from '../event-store.port.js';
import { pullFrom, type Pull } from './pull.js';
import { readHead } from './read-pages.js';
import type { Session } from './session.js';
import { pause, within } from './timers.js';
import { isDrop, meaningOf, storeError } from './vendor-errors.js';
import { isEngineEvent, positionOf, recorded } from './wire-events.js';

/** What has arrived and is not yet handled; the server ends a live subscription that leaves more than 32 events with it. */
const BUFFER = 1024;
/** Events the server passes over between two checkpoints: many while there is much behind, each one when live, so that positions are fresh. */
const WINDOW = { behind: 1000, live: 1 };
const LONGEST_PAUSE_MS = 2000;

/** Put between the events by us, because the client's own callbacks run ahead of what was handled. */
type Mark = { readonly mark: 'caught_up' } | { readonly mark: 'checkpoint'; readonly position: bigint };
type Item = AllStreamResolvedEvent | Mark;

interface Open {
  readonly call: AllStreamSubscription;
  readonly pull: Pull<Item>;
  /** What the log ended with before a filtered subscription that is behind began; null for others. */
  readonly until: bigint | null;
  live: boolean;
}

/** A subscription to all events that is opened again, behind the last position it said, whenever the server or the network ends it. */
export class CatchUpSubscription implements BatchSource<SubscriptionMessage> {
  readonly #session: Session;
  readonly #prefixes: string[] | null;
  readonly #ended: AbortSignal;
  /** Everything up to here was delivered or did not match. */
  #position: bigint;
  #open: Open | undefined;
  #pauseMs = 0;

  constructor(session: Session, options: SubscribeOptions) {
    this.#session = session;
    this.#position = options.after;
    this.#prefixes = options.categories?.map((category) => `${category}-`) ?? null;
    this.#ended = AbortSignal.any([options.signal, session.closed]);
    this.#ended.addEventListener('abort', this.#wake);
  }

  async next(): Promise<readonly SubscriptionMessage[] | null> {
    while (!this.#isOver()) {
      try {
        this.#open ??= await this.#begin();
        const items = await this.#pulled(this.#open);
        if (items === null) throw new EngineError('store_timeout', `The subscription at ${this.#session.address} ended`);
        const messages = this.#messages(this.#open, items);
        this.#pauseMs = 0;
        if (messages.length > 0) return messages;
      } catch (error) {
        this.#leave();
        if (this.#isOver()) break;
        const meaning = meaningOf(error);
        const away = error instanceof EngineError && error.code === 'store_unavailable' && isDrop(meaningOf(error.cause));
        if (!isDrop(meaning) && !away) throw storeError(error, 'to subscribe', this.#session.address);
        // Being dropped for reading slowly is how the server works: no pause for that.
        if (meaning === 'consumer_too_slow') continue;
        this.#session.away(storeError(error, 'to subscribe', this.#session.address).message);
        await this.#rest();
      }
    }
    this.#session.assertOpen();
    return null;
  }

  close(): void {
    this.#ended.removeEventListener('abort', this.#wake);
    this.#leave();
  }

  #isOver(): boolean {
    return this.#ended.aborted;
  }

  readonly #wake = (): void => this.#open?.pull.wake();

  async #rest(): Promise<void> {
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(50, this.#pauseMs * 2));
    await pause(this.#pauseMs, this.#ended);
  }

  async #begin(): Promise<Open> {
    const head = this.#prefixes === null ? null : await readHead(this.#session);
    const until = head !== null && this.#position < head ? head : null;
    const fromPosition = this.#position < 0n ? START : { commit: this.#position, prepare: this.#position };
    const filter = this.#prefixes === null ? null : this.#filter(this.#prefixes, until === null ? WINDOW.live : WINDOW.behind);
    const call = this.#session.client.subscribeToAll(filter === null ? { fromPosition } : { fromPosition, filter }, {
      highWaterMark: BUFFER,
    });
    call.on('caughtUp', () => {
      push(call, { mark: 'caught_up' });
    });
    return { call, pull: pullFrom<Item>(call), until, live: false };
  }

  #filter(prefixes: string[], maxSearchWindow: number): ReturnType<typeof streamNameFilter> {
    return streamNameFilter({
      prefixes,
      maxSearchWindow,
      checkpointInterval: 1,
      checkpointReached: (call, { commit }) => {
        push(call, { mark: 'checkpoint', position: commit });
      },
    });
  }

  /** While it catches up something always comes; once live, silence is normal and the connection's keep-alive watches over it. */
  #pulled({ pull, live }: Open): Promise<readonly Item[] | null> {
    if (live) return pull.next();
    const { callMs } = this.#session.timings;
    const late = (): EngineError =>
      new EngineError(
        'store_timeout',
        `Expected a subscription at ${this.#session.address} to go on in ${String(callMs)} ms, found silence`,
      );
    return within(callMs, pull.next(), late);
  }

  #messages(open: Open, items: readonly Item[]): SubscriptionMessage[] {
    const messages: SubscriptionMessage[] = [];
    for (const item of items) {
      if (!('mark' in item)) this.#take(item, messages);
      else if (item.mark === 'checkpoint') this.#passed(item.position, messages);
      else if (open.until === null) {
        open.live = true;
        messages.push({ kind: 'caught_up', position: this.#position });
      } else {
        // Goes on with the narrow window, which says itself when it has caught up.
        this.#passed(open.until, messages);
        this.#leave();
        break;
      }
    }
    return messages;
  }

  #take(item: AllStreamResolvedEvent, messages: SubscriptionMessage[]): void {
    if (item.event === undefined) return;
    const position = positionOf(item.event);
    if (position <= this.#position) return;
    if (!isEngineEvent(item)) {
      this.#passed(position, messages);
      return;
    }
    messages.push({ kind: 'event', event: recorded(item.event) });
    this.#position = position;
  }

  /** Of several checkpoints one behind the other only the last says anything. */
  #passed(position: bigint, messages: SubscriptionMessage[]): void {
    if (position <= this.#position) return;
    this.#position = position;
    if (messages.at(-1)?.kind === 'checkpoint') messages.pop();
    messages.push({ kind: 'checkpoint', position });
  }

  #leave(): void {
    const open = this.#open;
    this.#open = undefined;
    open?.pull.wake();
    open?.call.unsubscribe().catch(() => undefined);
  }
}

/** The client's subscriptions are transforms in object mode, which take items of any kind in order; their types do not say so. */
function push(call: AllStreamSubscription, mark: Mark): void {
  (call as unknown as { push(item: Mark): boolean }).push(mark);
}
