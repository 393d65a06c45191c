import type { Receipt } from './receipts.js';

/** What a process counts of its own ingest; what the log holds is counted by read models. */
export interface IngestMetrics {
  /** One decided request: received = accepted + duplicate + quarantined. */
  count(source: string, receipts: readonly Receipt[]): void;
  /** An event came again under a known id with another body; the first one stays. */
  bodyDiffers(source: string): void;
  /** So many fields of accepted events were sealed as direct because of what they hold, against what their contract or nobody declared. */
  violations(source: string, fields: number): void;
}
