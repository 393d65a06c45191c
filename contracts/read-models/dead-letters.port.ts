/** Where something that waits for a person came from. */
export const deadLetterKinds = ['ingest', 'projection', 'message', 'webhook'] as const;
export type DeadLetterKind = (typeof deadLetterKinds)[number];

/** Something that waits for a person: kept whole, never lost. Nothing in it is personal. */
export interface DeadLetter {
  /** `<kind>:<reference>`. */
  readonly id: string;
  readonly kind: DeadLetterKind;
  /** Letters with the same normalised reason have the same group. */
  readonly group: string;
  readonly code: string;
  readonly detail: string;
  /** What it is about: a message id's stream, a projection's key, a run and customer. */
  readonly reference: Readonly<Record<string, string | number>>;
  readonly since: string;
}

/** The letters of one normalised reason. */
export interface DeadLetterGroup {
  readonly kind: DeadLetterKind;
  readonly group: string;
  readonly count: number;
  /** One of them, to look at. */
  readonly example: DeadLetter;
}

/** What became of a letter after a retry. */
export interface RetryResult {
  readonly id: string;
  readonly outcome: 'resolved' | 'still_waiting';
  readonly detail?: string;
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[];
  readonly next: string | null;
}

/**
 * One kind of dead letters. References are those behind `<kind>:` in their ids. Errors: `not_found` for a letter that does not wait (any more).
 */
export interface DeadLetters {
  list(
    workspace: string,
    walk: { readonly after?: string; readonly limit: number; readonly group?: string },
  ): Promise<DeadLetterPage>;
  get(workspace: string, reference: string): Promise<DeadLetter>;
  groups(workspace: string): Promise<readonly DeadLetterGroup[]>;
  retry(workspace: string, reference: string, by: { readonly actor: string; readonly at: string }): Promise<RetryResult>;
  /** All letters of a group at once, where that is one decision; absent: one after the other. */
  retryGroup?(
    workspace: string,
    group: string,
    by: { readonly actor: string; readonly at: string },
  ): Promise<readonly RetryResult[]>;
  drop(
    workspace: string,
    reference: string,
    by: { readonly actor: string; readonly at: string; readonly reason?: string },
  ): Promise<void>;
}
