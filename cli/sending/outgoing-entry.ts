/** One event on its way to the engine, and where it came from. */
export interface OutgoingEntry {
  /** Its line in the input, from 1. */
  readonly line: number;
  /** The event as one line of JSON. */
  readonly text: string;
  /** Entries with the same one arrive in their order. */
  readonly customerKey: string;
  /** What the entry was made of, for whoever has to repair it. */
  readonly row: unknown;
}

/** Something of the input that did not become an event, or an event that the engine refused. */
export interface Refused {
  readonly line: number;
  readonly code: string;
  readonly detail: string;
  /** Where in the event or in the map it went wrong. */
  readonly pointer?: string;
  readonly message_id?: string;
  readonly row: unknown;
}

/** What reading the input gives, in its order. */
export type InputItem =
  { readonly kind: 'entry'; readonly entry: OutgoingEntry } | { readonly kind: 'refused'; readonly refused: Refused };

/** Whose event this is, as far as the envelope says; events that say nothing may go in any order. */
export function customerKeyOf(event: unknown): string {
  const customer = fieldOf(event, 'customer');
  const id = fieldOf(customer, 'qontak_customer_id');
  if (typeof id === 'string') return id;
  return JSON.stringify(fieldOf(customer, 'identifiers') ?? '');
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}
