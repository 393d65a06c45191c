import { readFileSync } from 'node:fs';
import { DateTime } from 'luxon';
import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import { decodedEvent } from './decoded-events.js';

/** A line of the CDNOW file. */
export interface Purchase {
  readonly customer: string;
  /** `1997-01-12` */
  readonly date: string;
  readonly discs: number;
  readonly cents: number;
}

/** All purchases of the sample, as plain text reading gives them. */
export function readCdnow(): readonly Purchase[] {
  const lines = readFileSync('samples/cdnow/CDNOW_master.txt', 'utf8').split('\n');
  return lines.flatMap((line) => {
    const match = /^\s*(\d{5}) (\d{4})(\d{2})(\d{2})\s+(\d+)\s+(\d+)\.(\d{2})\s*$/.exec(line);
    if (match === null) return [];
    const [, customer = '', year = '', month = '', day = '', discs = '', dollars = '', cents = ''] = match;
    return [{ customer, date: `${year}-${month}-${day}`, discs: Number(discs), cents: Number(dollars) * 100 + Number(cents) }];
  });
}

/** Noon of the purchase's date in a zone, as the import has it. */
export function purchasedAt({ date }: Purchase, zone: string): string {
  return new Date(DateTime.fromISO(`${date}T12:00:00`, { zone }).toMillis()).toISOString();
}

/** Each customer's stream of `order_created` events. */
export function cdnowStreams(purchases: readonly Purchase[], zone: string): ReadonlyMap<string, readonly DecodedEvent[]> {
  const streams = new Map<string, DecodedEvent[]>();
  const noons = new Map<string, string>();
  for (const purchase of purchases) {
    const at = noons.get(purchase.date) ?? purchasedAt(purchase, zone);
    noons.set(purchase.date, at);
    const stream = streams.get(purchase.customer) ?? [];
    const data = { amount_minor: purchase.cents, currency: 'USD', quantity: purchase.discs };
    stream.push(
      decodedEvent({ type: 'order_created', stream: `customer-w1.${purchase.customer}`, at, revision: stream.length, data }),
    );
    streams.set(purchase.customer, stream);
  }
  return streams;
}
