import type { IngestAnswer } from '../../contracts/ingest.js';
import { createDrivenEvents, type DrivenEvent } from './driven-events.js';
import type { EngineChild } from './engine-child.js';

/** Where an acknowledged event is to be found. */
export interface Acknowledged {
  readonly event: DrivenEvent;
  readonly eventId: string;
  readonly customerId: string;
}

/** A module that pushes events and repeats what was not acknowledged, with the same message ids, until it is. */
export interface EventDriver {
  /** Pushes an order of each of so many new customers with addresses of their own. */
  seed(engine: EngineChild, customers: number): Promise<void>;
  /** Pushes until the engine is gone. */
  push(engine: EngineChild): Promise<void>;
  /** Repeats what was never acknowledged, then pushes one batch more; answers its position, behind everything that was acknowledged. */
  settle(engine: EngineChild): Promise<string>;
  readonly acknowledged: ReadonlyMap<string, Acknowledged>;
}

const IN_FLIGHT = 6;

/** A driver whose events are the same for the same random numbers. */
export function createEventDriver(random: () => number): EventDriver {
  const acknowledged = new Map<string, Acknowledged>();
  const unacknowledged = new Set<readonly DrivenEvent[]>();
  const { next, newcomer } = createDrivenEvents(random);
  const batch = (): readonly DrivenEvent[] => Array.from({ length: 1 + Math.floor(random() * 8) }, next);

  async function send(engine: EngineChild, events: readonly DrivenEvent[]): Promise<string> {
    unacknowledged.add(events);
    const response = await fetch(`${engine.url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${engine.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ events }),
    });
    // The status line alone is no acknowledgement: the receipts are.
    const text = await response.text();
    if (response.status === 429) return '';
    if (response.status !== 200) throw new Error(`expected 200, found ${String(response.status)}: ${text}`);
    const { receipts, position } = JSON.parse(text) as IngestAnswer; // the engine's documented answer
    for (const [index, { status, event_id: eventId = '', qontak_customer_id: customerId = '' }] of receipts.entries()) {
      const sent = events[index];
      if (sent === undefined || status === 'quarantined') throw new Error(`expected a stored event, found ${text}`);
      acknowledged.set(sent.message_id, { event: sent, eventId, customerId });
    }
    unacknowledged.delete(events);
    return position;
  }

  async function repeat(engine: EngineChild): Promise<void> {
    for (const events of [...unacknowledged]) await send(engine, events);
  }

  async function sendForEver(engine: EngineChild): Promise<never> {
    for (;;) await send(engine, batch());
  }

  return {
    acknowledged,
    async seed(engine, customers) {
      for (let left = customers; left > 0; left -= 50) await send(engine, Array.from({ length: Math.min(50, left) }, newcomer));
    },
    async settle(engine) {
      while (unacknowledged.size > 0) await repeat(engine);
      return send(engine, batch());
    },
    async push(engine) {
      try {
        await repeat(engine);
      } catch (error) {
        if (!isBrokenConnection(error)) throw error;
      }
      for (const end of await Promise.allSettled(Array.from({ length: IN_FLIGHT }, () => sendForEver(engine)))) {
        if (end.status === 'rejected' && !isBrokenConnection(end.reason)) throw end.reason;
      }
    },
  };
}

/** As fetch rejects when the engine is gone; in Jest the error is of another realm. */
function isBrokenConnection(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('message' in error)) return false;
  return error.message === 'fetch failed' || error.message === 'terminated';
}
