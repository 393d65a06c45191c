import type { PortableError } from './log-errors.js';

/** One damaged place; `position` is absent where nothing that is left says which event is concerned. */
export interface IntegrityProblem {
  readonly position?: bigint;
  readonly detail: string;
}

/** What a check found. `events` is how many were verified. */
export interface IntegrityReport {
  readonly depth: 'quick' | 'deep';
  readonly events: number;
  /** Empty for a sound log; at most 100. */
  readonly problems: readonly IntegrityProblem[];
}

export interface IntegrityData {
  readonly file: string;
  readonly depth: 'quick' | 'deep';
}

export type IntegrityReply =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'report'; readonly report: IntegrityReport }
  | { readonly kind: 'failed'; readonly error: PortableError };
