import type { EventMetadata } from '../../contracts/events/event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { ConsentEntry } from '../../contracts/read-models/profile.js';

/** One thing that a customer said, and what it is about. */
export interface ConsentStatement {
  readonly channel: string;
  readonly purpose: string;
  readonly entry: ConsentEntry;
}

/** The parts of an event that a statement is read from; they are never sealed. */
export interface ConsentEvent {
  readonly type: string;
  readonly plain: JsonObject;
  readonly metadata: Pick<EventMetadata, 'occurred_at' | 'received_at'>;
}

/**
 * What an event says about consent, null for any other. It counts at the instant at which it was said, or was received where that is
 * earlier: a clock that runs ahead would outdo a withdrawal that follows.
 */
export function statementIn({ type, plain, metadata }: ConsentEvent): ConsentStatement | null {
  if (type !== 'consent.granted' && type !== 'consent.withdrawn') return null;
  const { channel, purpose, via, method } = plain;
  if (typeof channel !== 'string' || typeof purpose !== 'string') return null;
  const { occurred_at, received_at } = metadata;
  const at = occurred_at < received_at ? occurred_at : received_at;
  const isConfirmed = type === 'consent.granted' && method === 'double_opt_in';
  const entry: ConsentEntry = {
    state: type === 'consent.granted' ? 'granted' : 'withdrawn',
    at,
    ...(typeof via === 'string' ? { via } : {}),
    ...(isConfirmed ? { confirmed_at: at } : {}),
  };
  return { channel, purpose, entry };
}

/**
 * What holds after both were said by one customer: the later, and of the same instant the withdrawal. Commutative, associative and
 * idempotent, so that statements may arrive late, in any order, and more than once.
 */
export function latestConsent(a: ConsentEntry | undefined, b: ConsentEntry): ConsentEntry {
  if (a === undefined) return b;
  return withInstants(isLater(a, b) ? a : b, a, b);
}

/**
 * What holds for one person known as two customers: a withdrawal of either, else what was said last, confirmed where both are. Commutative
 * and associative.
 */
export function stricterConsent(a: ConsentEntry, b: ConsentEntry): ConsentEntry {
  if (a.state !== b.state) return a.state === 'withdrawn' ? a : b;
  const { confirmed_at, ...latest } = latestConsent(a, b);
  const isConfirmed = confirmed_at !== undefined && a.confirmed_at !== undefined && b.confirmed_at !== undefined;
  return isConfirmed ? { ...latest, confirmed_at } : latest;
}

function isLater(a: ConsentEntry, b: ConsentEntry): boolean {
  if (a.at !== b.at) return a.at > b.at;
  if (a.state !== b.state) return a.state === 'withdrawn';
  return (a.via ?? '') > (b.via ?? '');
}

/** A confirmation holds through later grants, until a withdrawal. */
function withInstants({ state, at, via }: ConsentEntry, a: ConsentEntry, b: ConsentEntry): ConsentEntry {
  const said = { state, at, ...(via === undefined ? {} : { via }) };
  if (state === 'withdrawn') return said;
  const withdrawn_at = later(withdrawnAt(a), withdrawnAt(b));
  const confirmed_at = later(a.confirmed_at, b.confirmed_at);
  const isConfirmed = confirmed_at !== undefined && confirmed_at > (withdrawn_at ?? '');
  return { ...said, ...(withdrawn_at === undefined ? {} : { withdrawn_at }), ...(isConfirmed ? { confirmed_at } : {}) };
}

function withdrawnAt({ state, at, withdrawn_at }: ConsentEntry): string | undefined {
  return state === 'withdrawn' ? at : withdrawn_at;
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  return (a ?? '') > (b ?? '') ? a : b;
}
