import type { JsonObject } from '../json.js';

/** `evaluating` from the moment a rule is saved until everyone has been evaluated against it, and whenever everyone is evaluated anew. */
export type SegmentStatus = 'evaluating' | 'live' | 'archived';

/** A segment as people see it. Times are ISO-8601 UTC. */
export interface SegmentView {
  readonly segment_id: string;
  readonly name: string;
  /** As it was written, with keyed hashes where it named a person. */
  readonly rule: JsonObject;
  /** Counts definitions from 1; what If-Match names. */
  readonly revision: number;
  readonly state: SegmentStatus;
  readonly member_count: number;
  /** When everyone was last evaluated; absent before the first time. */
  readonly evaluated_at?: string;
  /** Why the last evaluation of everyone ended early. */
  readonly error?: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** How many members a segment had at the end of an hour. */
export interface SegmentSize {
  /** The beginning of the hour. */
  readonly at: string;
  readonly members: number;
}

/** The segments of each workspace, archived ones too. Errors: those of the document store. */
export interface Segments {
  get(workspace: string, segmentId: string): Promise<SegmentView | null>;
  /** Which of these segments are archived. */
  archivedAmong(workspace: string, segmentIds: Iterable<string>): Promise<ReadonlySet<string>>;
  /** In the order of ids; `next` is the `after` of the next page, null on the last. */
  list(
    workspace: string,
    walk: { readonly after?: string; readonly limit: number },
  ): Promise<{ readonly segments: readonly SegmentView[]; readonly next: string | null }>;
  /** One size for each hour in which it changed, oldest first, from the hour of `from` on (ISO-8601; absent: from the beginning). */
  history(workspace: string, segmentId: string, range?: { readonly from?: string }): Promise<readonly SegmentSize[]>;
}
