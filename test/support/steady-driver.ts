import type { IngestAnswer } from '../../contracts/ingest.js';
import type { DrivenEvent } from './driven-events.js';
import type { Acknowledged } from './event-driver.js';

/** Who takes events. */
export interface Taker {
  readonly url: string;
  readonly token: string;
}

/** What a request was answered; 0 stands for a connection that broke. */
export interface DrivenAnswer {
  readonly status: number;
  readonly begunAt: number;
  readonly ms: number;
  readonly retryAfter: string | null;
}

/** A module that makes events at a steady rate, whatever becomes of them, and repeats each batch until it is acknowledged. */
export interface SteadyDriver {
  readonly acknowledged: ReadonlyMap<string, Acknowledged>;
  readonly answers: readonly DrivenAnswer[];
  /** When the oldest event was made that is not acknowledged yet (ms since 1970); Infinity when none waits. */
  waitingSince(): number;
  /** Makes one more, behind everything; resolves with its position when all are acknowledged. */
  settle(): Promise<string>;
  /** Ends at once. */
  abandon(): void;
}

export interface SteadyOptions {
  readonly perSecond: number;
  readonly next: () => DrivenEvent;
  /** Who takes the next request; several are told at the same time. */
  readonly takers: () => readonly Taker[];
  /** How the second of several is told of the same event. Absent: with the same words. */
  readonly retold?: (event: DrivenEvent) => DrivenEvent;
  /** A taker that is silent for so long is asked again, or another one. */
  readonly patienceMs: number;
}

const EVERY_MS = 100;
const SENDERS = 8;
/** As a module waits when nothing tells it how long. */
const AFTER_BROKEN_MS = 200;

/** Starts it. */
export function startSteadyDriver({
  perSecond,
  next,
  takers,
  patienceMs,
  retold = (event) => event,
}: SteadyOptions): SteadyDriver {
  const acknowledged = new Map<string, Acknowledged>();
  const answers: DrivenAnswer[] = [];
  const queue: (readonly DrivenEvent[])[] = [];
  /** When each batch that is not acknowledged was made, oldest first. */
  const waiting = new Map<readonly DrivenEvent[], number>();
  const ending = new AbortController();
  const idle = new Set<() => void>();
  let failure: Error | undefined;
  let position = '';
  let made = 0;
  const startedAt = performance.now();

  const making = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond) - made;
    if (due <= 0) return;
    made += due;
    const events = Array.from({ length: due }, next);
    waiting.set(events, Date.now());
    queue.push(events);
    wakeSenders();
  }, EVERY_MS);

  function wakeSenders(): void {
    for (const wake of idle) wake();
    idle.clear();
  }

  async function ask(taker: Taker, events: readonly DrivenEvent[]): Promise<DrivenAnswer & { readonly text: string }> {
    const begun = { begunAt: Date.now(), started: performance.now() };
    const answered = (status: number, retryAfter: string | null, text: string) => {
      const answer = { status, begunAt: begun.begunAt, ms: performance.now() - begun.started, retryAfter };
      answers.push(answer);
      return { ...answer, text };
    };
    try {
      const response = await fetch(`${taker.url}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${taker.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ events }),
        signal: AbortSignal.any([ending.signal, AbortSignal.timeout(patienceMs)]),
      });
      return answered(response.status, response.headers.get('retry-after'), await response.text());
    } catch {
      return answered(0, null, '');
    }
  }

  function note(told: readonly (readonly DrivenEvent[])[], text: string): void {
    const answer = JSON.parse(text) as IngestAnswer; // the engine's documented answer
    position = answer.position;
    for (const [index, { status, event_id: eventId = '', qontak_customer_id: customerId = '' }] of answer.receipts.entries()) {
      const words = told.flatMap((events) => events[index] ?? []);
      const event = words.find(({ customer }) => customer.qontak_customer_id === customerId) ?? words[0];
      if (event === undefined || status === 'quarantined') throw new Error(`expected a stored event, found ${text}`);
      const known = acknowledged.get(event.message_id);
      if (known !== undefined && (known.eventId !== eventId || known.customerId !== customerId))
        throw new Error(`expected ${event.message_id} where it was, found ${JSON.stringify([known, { eventId, customerId }])}`);
      acknowledged.set(event.message_id, { event, eventId, customerId });
    }
  }

  async function deliver(events: readonly DrivenEvent[]): Promise<void> {
    for (let open = true; open && !ending.signal.aborted;) {
      const told = takers().map((taker, index) => ({ taker, words: index === 0 ? events : events.map(retold) }));
      const asked = await Promise.all(told.map(({ taker, words }) => ask(taker, words)));
      for (const { status, text } of asked) {
        if (status === 200) note([events, events.map(retold)], text);
        else if (status !== 429 && status !== 0) throw new Error(`expected 200 or 429, found ${String(status)}: ${text}`);
      }
      open = !asked.some(({ status }) => status === 200);
      const waits = asked.flatMap(({ retryAfter }) => (retryAfter === null ? [] : [Number(retryAfter) * 1000]));
      if (open) await pause(Math.max(AFTER_BROKEN_MS, ...waits));
    }
    waiting.delete(events);
  }

  async function send(): Promise<void> {
    while (!ending.signal.aborted) {
      const events = queue.shift();
      if (events === undefined) await new Promise<void>((wake) => idle.add(wake));
      else await deliver(events);
    }
  }

  function end(): void {
    clearInterval(making);
    ending.abort();
    wakeSenders();
  }

  const senders = Promise.all(Array.from({ length: SENDERS }, send)).catch((error: unknown) => {
    failure = error instanceof Error ? error : new Error(String(error));
    end();
  });

  return {
    acknowledged,
    answers,
    waitingSince: () => waiting.values().next().value ?? Infinity,
    async settle() {
      clearInterval(making);
      while (waiting.size > 0 && !ending.signal.aborted) await pause(EVERY_MS);
      // What comes last alone stands behind everything.
      await deliver([next()]);
      end();
      await senders;
      if (failure !== undefined) throw failure;
      return position;
    },
    abandon: end,
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
