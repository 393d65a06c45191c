import type { JsonObject } from '../../contracts/json.js';

/** Document id: `<workspace>/s/<segment id>`. */
export type SegmentDocument = {
  readonly segment_id: string;
  readonly name: string;
  readonly rule: JsonObject;
  readonly revision: number;
  readonly archived?: true;
  readonly member_count: number;
  readonly evaluated_at?: string;
  readonly error?: string;
  readonly created_at: string;
  readonly updated_at: string;
  /** A rule was saved, and its evaluation has not begun. */
  readonly awaited?: true;
  /** Evaluations that have begun and not ended. */
  readonly running: readonly string[];
  /** Live transitions since the last evaluation began: with none, it knows the exact number of members. */
  readonly moves: number;
};

/** Document id: `<workspace>/h/<segment id>/<hour>`: by how much the segment grew in an hour. */
export type GrowthDocument = { readonly grown: number };

/** The document id of a segment. */
export function segmentKey(workspace: string, segmentId: string): string {
  return `${workspace}/s/${segmentId}`;
}

/** The document id of a segment's growth in the hour (`2026-11-22T10`) that an ISO-8601 instant lies in; with no instant, what all begin with. */
export function growthKey(workspace: string, segmentId: string, at = ''): string {
  return `${workspace}/h/${segmentId}/${at.slice(0, 13)}`;
}

/** True for the id of a segment's own document. */
export function isSegmentKey(key: string): boolean {
  return key.startsWith('s/', key.indexOf('/') + 1);
}
