import type { JsonObject } from '../json.js';

/** One event about a customer, with everything in it that still opens. */
export interface HeldEvent {
  readonly event_id: string;
  readonly type: string;
  readonly qontak_customer_id: string;
  readonly revision: string;
  readonly occurred_at: string;
  readonly received_at: string;
  readonly source: string;
  readonly message_id: string;
  readonly properties: JsonObject;
}

/** `everything`: all events. `consent`: what was said about messages, with its evidence. */
export type HeldPart = 'everything' | 'consent';

/** Everything that is held about customers, from the log. */
export interface PersonalData {
  /** The events of one customer, oldest first, personal values as they are. The caller has checked that the reader may see them. */
  events(workspace: string, customerId: string, part: HeldPart): AsyncIterable<HeldEvent>;
}
