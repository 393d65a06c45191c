import type { EventKind } from './workload.js';

/** Pushes events as fast as answers come, or at a rate. */
export interface PushJob {
  readonly kind: 'push';
  readonly event: EventKind;
  readonly connections: number;
  readonly eventsARequest: number;
  /** Number of the first customer, and how many there are; `created` takes each once, in order. */
  readonly firstCustomer: number;
  readonly customers: number;
  /** Ends after so many seconds or events, whichever comes first. */
  readonly seconds: number;
  readonly events: number;
  /** Requests a second over all connections; absent: as many as are answered. */
  readonly requestsASecond?: number;
}

/** Pushes one event at a time and looks when the customer's profile shows it. */
export interface ProbeJob {
  readonly kind: 'probe';
  /** `wait`: GET with min_position; `poll`: GET again and again without it. */
  readonly how: 'wait' | 'poll';
  readonly firstCustomer: number;
  readonly customers: number;
  readonly seconds: number;
}

export type LoadJob = PushJob | ProbeJob;

export interface LoadOrder {
  readonly url: string;
  readonly token: string;
  readonly job: LoadJob;
  /** Unique for each order: begins its message ids. */
  readonly run: string;
}

/** Times in ms: of a push from its first byte to its answer, of a probe from the answer of the push (`wait`) or its first byte (`poll`). */
export interface LoadReport {
  readonly accepted: number;
  readonly others: number;
  /** Requests answered with 429, sent again after a pause. */
  readonly refused: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly lastPosition: string;
  readonly cpuSeconds: number;
}
