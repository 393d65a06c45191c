import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { SegmentDocument } from './segment-document.js';

/** Folds an event into the segment that it is about; `growth` is by how many members it changes it. */
export function foldSegment(document: SegmentDocument | null, event: DecodedEvent, growth: number): SegmentDocument | null {
  const at = event.metadata.occurred_at;
  if (isEngineEvent(event, 'segment.defined') || isEngineEvent(event, 'segment.revised')) {
    const { name, revision } = event.data;
    const known = document ?? { member_count: 0, created_at: at, running: [], moves: 0 };
    // What the log holds under `rule` was made by `storedRule`, which gives plain JSON.
    const rule = event.data.rule as JsonObject;
    return { ...known, segment_id: event.stream.id, name, rule, revision, updated_at: at, awaited: true };
  }
  if (document === null) return null;
  if (isEngineEvent(event, 'segment.archived')) {
    const { awaited: _awaited, ...rest } = document;
    return { ...rest, revision: event.data.revision, archived: true, updated_at: at };
  }
  if (isEngineEvent(event, 'segment.evaluation_started')) {
    const { evaluation_id: id, segment_revision: revision } = event.data;
    const { awaited, ...rest } = document;
    const isStillAwaited = awaited === true && revision !== document.revision;
    return { ...rest, running: [...document.running, id], moves: 0, ...(isStillAwaited ? { awaited } : {}) };
  }
  if (isEngineEvent(event, 'segment.evaluation_finished')) {
    const { evaluation_id: id, members, error, error_code: code } = event.data;
    const running = document.running.filter((known) => known !== id);
    // Another one is on its way, or nobody is to be evaluated any more.
    if (code === 'cancelled' || code === 'segment_archived') return { ...document, running };
    const { error: _before, ...rest } = document;
    const failure = error === undefined ? {} : { error };
    const member_count = document.moves === 0 ? members : document.member_count;
    return { ...rest, running, member_count, evaluated_at: at, ...failure };
  }
  if (growth === 0) return document;
  const moves = isEngineEvent(event, 'segment.evaluated') ? document.moves : document.moves + 1;
  return { ...document, member_count: document.member_count + growth, moves };
}
