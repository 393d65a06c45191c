import { DateTime } from 'luxon';
import type { DecodedEvent } from '../../contracts/events/decoded-event.js';

/** A rule as its author wrote it; only what the tests generate. */
interface WrittenRule {
  readonly op: string;
  readonly rules?: readonly WrittenRule[];
  readonly type?: string;
  readonly field?: string;
  readonly value?: unknown;
  readonly event?: string;
  readonly within_days?: number;
  readonly count_gte?: number;
  readonly count_lte?: number;
}

export interface AskedAt {
  readonly instant: number;
  readonly zone: string;
  readonly hashOf: (value: string) => string | null;
}

/** The answer of a rule, from the raw events of one customer and nothing else: no profile, no buckets, no AST. */
export function holdsByHand(rule: WrittenRule, log: readonly DecodedEvent[], asked: AskedAt): boolean {
  const parts = rule.rules ?? [];
  if (rule.op === 'AND') return parts.every((part) => holdsByHand(part, log, asked));
  if (rule.op === 'OR') return parts.some((part) => holdsByHand(part, log, asked));
  if (rule.op === 'NOT') return !parts.some((part) => holdsByHand(part, log, asked));
  if (rule.type === 'behavior') return happenedByHand(rule, log, asked);
  if (rule.field === 'email') return emailByHand(log) === asked.hashOf(String(rule.value));
  return attributeByHand(rule, lastValue(log, rule.field ?? ''));
}

function happenedByHand(rule: WrittenRule, log: readonly DecodedEvent[], { instant, zone }: AskedAt): boolean {
  const today = dateOf(instant, zone);
  const count = log.filter(({ type, metadata }) => {
    if (type !== rule.event) return false;
    if (rule.within_days === undefined) return true;
    const date = dateOf(Date.parse(metadata.occurred_at), zone);
    const first =
      DateTime.fromISO(today, { zone: 'utc' })
        .minus({ days: rule.within_days - 1 })
        .toISODate() ?? '';
    return date >= first && date <= today;
  }).length;
  const holds = count >= (rule.count_gte ?? 1) && count <= (rule.count_lte ?? Infinity);
  return rule.op === 'did_event' ? holds : !holds;
}

function dateOf(instant: number, zone: string): string {
  return DateTime.fromMillis(instant, { zone }).toISODate() ?? '';
}

function newestFirst(log: readonly DecodedEvent[]): readonly DecodedEvent[] {
  return [...log]
    .reverse()
    .sort((a, b) =>
      a.metadata.occurred_at < b.metadata.occurred_at ? 1 : a.metadata.occurred_at > b.metadata.occurred_at ? -1 : 0,
    );
}

function lastValue(log: readonly DecodedEvent[], field: string): unknown {
  for (const { type, data } of newestFirst(log)) {
    if (type !== 'customer.updated') continue;
    if (Array.isArray(data.unset) && data.unset.includes(field)) return undefined;
    if (Object.hasOwn(data, field)) return data[field];
  }
  return undefined;
}

function emailByHand(log: readonly DecodedEvent[]): string | undefined {
  const named = newestFirst(log).filter(({ hashes }) => hashes.email !== undefined);
  return (named.find(({ type }) => type === 'customer.updated') ?? named[0])?.hashes.email;
}

function attributeByHand(rule: WrittenRule, found: unknown): boolean {
  const values: readonly unknown[] = Array.isArray(found) ? found : [found];
  const order = (value: unknown): number => {
    if (typeof value === 'number' && typeof rule.value === 'number') return value - rule.value;
    if (typeof value !== 'string' || typeof rule.value !== 'string') return NaN;
    return Buffer.compare(Buffer.from(value), Buffer.from(rule.value));
  };
  switch (rule.op) {
    case 'eq':
      return found !== undefined && values.includes(rule.value);
    case 'neq':
      return found === undefined || !values.includes(rule.value);
    case 'in':
      return Array.isArray(rule.value) && found !== undefined && rule.value.some((value) => values.includes(value));
    case 'contains':
      return typeof found === 'string'
        ? typeof rule.value === 'string' && found.includes(rule.value)
        : Array.isArray(found) && found.includes(rule.value);
    case 'gte':
      return values.some((value) => order(value) >= 0);
    case 'lte':
      return values.some((value) => order(value) <= 0);
  }
  throw new Error(`Expected a rule of the tests, found ${rule.op}.`);
}
