import type { Disclosure } from './customers.port.js';

/** One thing that was said or done about a customer's consent, with what proves it. Times are ISO-8601. */
export interface ConsentLedgerEntry {
  readonly event_id: string;
  /** The customer in whose stream it stands; one person may be known as several. */
  readonly qontak_customer_id: string;
  /** `granted`, `withdrawn`, `requested`, … */
  readonly what: string;
  readonly channel: string;
  readonly purpose: string;
  /** When it was said. */
  readonly at: string;
  /** When it was stored. */
  readonly recorded_at: string;
  /** The source of the credential that it came with, and who acted. */
  readonly source: string;
  readonly actor: string;
  readonly via?: string;
  readonly method?: string;
  readonly wording_version?: string;
  readonly request_id?: string;
  /** Personal, and masked unless it may be revealed; absent when it was erased. */
  readonly ip?: string;
  readonly recorded_by?: string;
  readonly evidence?: string;
  readonly reason?: string;
}

/** A page of the ledger, newest first in log order; `next` is the `before` of the next page, null on the last. */
export interface ConsentLedgerPage {
  readonly entries: readonly ConsentLedgerEntry[];
  readonly next: string | null;
}

export interface ConsentLedgerQuestion {
  readonly disclosure: Disclosure;
  /** Absent: everything. */
  readonly limit?: number;
  readonly before?: string;
}

/** Everything that was ever said about a customer's consent, read from the log: it shows what is stored, whatever projections have seen. */
export interface ConsentLedger {
  /** Also of everyone who is the same person. Errors: those of the event store. */
  read(workspace: string, customerId: string, question: ConsentLedgerQuestion): Promise<ConsentLedgerPage>;
}
