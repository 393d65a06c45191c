import type { Position } from '../../contracts/events/event.js';
import type { IntakeWarning } from '../../contracts/quarantine-codes.js';

/** What became of one entry of a request; `position` is that of the append's last event. */
export type Receipt =
  | {
      readonly status: 'accepted' | 'duplicate';
      readonly message_id: string;
      readonly event_id: string;
      /** Absent for an event that concerns no customer. */
      readonly qontak_customer_id?: string;
      readonly position: Position;
      readonly warnings?: readonly IntakeWarning[];
    }
  | {
      readonly status: 'quarantined';
      readonly message_id?: string;
      readonly event_id: string;
      readonly code: string;
      readonly detail: string;
      readonly pointer?: string;
      /** Of an NDJSON body, from 1. */
      readonly line?: number;
      readonly position: Position;
      readonly warnings?: readonly IntakeWarning[];
    };

/** Receipts in the order of the entries, and the highest position among them; that of the log's last event for an empty request. */
export interface IngestAnswer {
  readonly receipts: readonly Receipt[];
  readonly position: Position;
}

/** Puts receipts into the order of their entries; there is at least one. */
export function answerOf(receipts: ReadonlyMap<number, Receipt>): IngestAnswer {
  const ordered = [...receipts].sort(([a], [b]) => a - b).map(([, receipt]) => receipt);
  const position = ordered.reduce((highest, receipt) => (receipt.position > highest ? receipt.position : highest), -1n);
  return { receipts: ordered, position };
}
