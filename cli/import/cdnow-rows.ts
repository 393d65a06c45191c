import { DateTime } from 'luxon';
import { EngineError } from '../../contracts/errors.js';
import type { InputItem, Refused } from '../sending/outgoing-entry.js';
import type { TextLine } from '../sending/read-lines.js';

/** One purchase of the CDNOW file. */
export interface CdnowPurchase {
  /** Its line in the file, from 1. */
  readonly line: number;
  readonly customerId: string;
  /** Days since 1970-01-01. */
  readonly day: number;
  readonly discs: number;
  /** Decimal, as it stands in the file. */
  readonly dollars: string;
}

/** How the dates of the file become instants. */
export interface CdnowTimes {
  /** By how many whole days each date is moved. */
  readonly shiftDays: number;
  /** IANA zone in which each purchase is at 12:00. */
  readonly zone: string;
}

/** What a first look at the file finds. */
export interface CdnowOverview {
  readonly purchases: number;
  readonly customers: number;
  readonly discs: number;
  readonly cents: number;
  readonly firstDay: number;
  readonly lastDay: number;
  /** Of the file, the header and what is no purchase among them. */
  readonly lines: number;
}

const PURCHASE = /^\s*(\d{1,10})\s+(\d{4})(\d{2})(\d{2})\s+(\d{1,9})\s+(\d{1,9}\.\d{2})\s*$/;
const HEADER = /^\s*customer_id\s/;
const DAY_MS = 86_400_000;

/** The purchase on a line; null for the header and empty lines. */
export function parseCdnowLine({ line, text }: TextLine): CdnowPurchase | Refused | null {
  if (text.trim() === '' || (line === 1 && HEADER.test(text))) return null;
  const [, customerId = '', year, month, date, discs, dollars = ''] = PURCHASE.exec(text) ?? [];
  const day = dayOf(Number(year), Number(month), Number(date));
  if (day !== null) return { line, customerId, day, discs: Number(discs), dollars };
  const detail = 'expected customer_id, date (YYYYMMDD), number_of_cds and dollar_value (with two decimals)';
  return { line, code: 'row_invalid', detail, row: text };
}

/** Counts the file. Throws `invalid_input` for one that holds no purchase. */
export async function surveyCdnow(lines: AsyncIterable<TextLine>): Promise<CdnowOverview> {
  const customers = new Set<string>();
  let [purchases, discs, cents, last] = [0, 0, 0, 0];
  let [firstDay, lastDay] = [Infinity, -Infinity];
  for await (const text of lines) {
    last = text.line;
    const found = parseCdnowLine(text);
    if (found === null || 'code' in found) continue;
    customers.add(found.customerId);
    purchases += 1;
    discs += found.discs;
    cents += Math.round(Number(found.dollars) * 100);
    firstDay = Math.min(firstDay, found.day);
    lastDay = Math.max(lastDay, found.day);
  }
  if (purchases > 0) return { purchases, customers: customers.size, discs, cents, firstDay, lastDay, lines: last };
  throw new EngineError('invalid_input', 'Expected the CDNOW file, one purchase a line; no line of this file is one.');
}

/** By how many days to shift so that the last purchase is the day before `now` in the zone. */
export function shiftToYesterday(lastDay: number, options: { readonly zone: string; readonly now: number }): number {
  const today = DateTime.fromMillis(options.now, { zone: options.zone });
  return Math.floor(Date.UTC(today.year, today.month - 1, today.day) / DAY_MS) - 1 - lastDay;
}

/** Each purchase as an `order_created` event; a line that is none is refused. */
export async function* cdnowItems(lines: AsyncIterable<TextLine>, times: CdnowTimes): AsyncGenerator<InputItem> {
  const noons = new Map<number, string>();
  for await (const text of lines) {
    const found = parseCdnowLine(text);
    if (found === null) continue;
    if ('code' in found) {
      yield { kind: 'refused', refused: found };
      continue;
    }
    const noon = noons.get(found.day) ?? noonOf(found.day + times.shiftDays, times.zone);
    noons.set(found.day, noon);
    const event = cdnowEvent(found, noon);
    const { line, customerId } = found;
    yield { kind: 'entry', entry: { line, text: JSON.stringify(event), customerKey: customerId, row: text.text } };
  }
}

/** The event of a purchase; the data set has no addresses, so one is made up. */
export function cdnowEvent({ line, customerId, discs, dollars }: CdnowPurchase, createdAt: string): object {
  return {
    type: 'order_created',
    message_id: `cdnow:${line}`,
    customer: { qontak_customer_id: customerId, identifiers: { email: `${customerId}@cdnow.example` } },
    properties: { order_id: `cdnow-${line}`, amount: dollars, currency: 'USD', quantity: discs, created_at: createdAt },
  };
}

/** 12:00 of a day in a zone, with its offset. */
export function noonOf(day: number, zone: string): string {
  const date = new Date(day * DAY_MS);
  const noon = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), hour: 12 };
  const text = DateTime.fromObject(noon, { zone }).toISO();
  if (text === null) throw new EngineError('invalid_input', `Expected an IANA time zone such as Asia/Jakarta, found "${zone}".`);
  return text;
}

/** Null for a date that does not exist. */
function dayOf(year: number, month: number, date: number): number | null {
  const instant = new Date(Date.UTC(year, month - 1, date));
  const exists = instant.getUTCMonth() === month - 1 && instant.getUTCDate() === date;
  return exists ? instant.getTime() / DAY_MS : null;
}
