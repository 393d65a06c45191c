import type { JsonObject } from '../../contracts/json.js';
import type { SegmentSize, SegmentView, Segments } from '../../contracts/read-models/segments.port.js';
import type { ReadSource } from '../read-source.js';
import { type GrowthDocument, growthKey, type SegmentDocument, segmentKey } from './segment-document.js';

const PAGE = 1_000;

/** Reads segments. */
export function createSegmentQueries(source: ReadSource): Segments {
  const documentOf = async (workspace: string, segmentId: string): Promise<SegmentDocument | null> => {
    const stored = await source.documents.get(source.collection(), segmentKey(workspace, segmentId));
    // Only the segments projection writes this collection, and its ids tell which kind a document is.
    return (stored?.body ?? null) as SegmentDocument | null;
  };

  async function growthOf(workspace: string, segmentId: string, from: string | undefined) {
    const idPrefix = growthKey(workspace, segmentId);
    const hours: { readonly hour: string; readonly grown: number }[] = [];
    // Right before the hour, which is to be included itself.
    let afterId = from === undefined ? undefined : growthKey(workspace, segmentId, hourBefore(from));
    for (;;) {
      const behind = afterId === undefined ? {} : { afterId };
      const page = await source.documents.find(source.collection(), { idPrefix, ...behind, limit: PAGE });
      for (const { id, body } of page.documents) {
        hours.push({ hour: id.slice(idPrefix.length), grown: (body as GrowthDocument).grown });
        afterId = id;
      }
      if (page.nextCursor === null) return hours;
    }
  }

  return {
    async get(workspace, segmentId) {
      const document = await documentOf(workspace, segmentId);
      return document === null ? null : viewOf(document);
    },
    async archivedAmong(workspace, segmentIds) {
      const keys = [...new Set(segmentIds)].map((id) => segmentKey(workspace, id));
      if (keys.length === 0) return new Set();
      const stored = await source.documents.getMany(source.collection(), keys);
      // As above.
      const known = [...stored.values()].map(({ body }) => body as SegmentDocument | null);
      return new Set(known.flatMap((document) => (document?.archived === true ? [document.segment_id] : [])));
    },
    async list(workspace, { after, limit }) {
      const behind = after === undefined ? {} : { afterId: segmentKey(workspace, after) };
      const page = await source.documents.find(source.collection(), { idPrefix: segmentKey(workspace, ''), ...behind, limit });
      const segments = page.documents.map(({ body }: { readonly body: JsonObject }) => viewOf(body as SegmentDocument));
      return { segments, next: page.nextCursor === null ? null : (segments.at(-1)?.segment_id ?? null) };
    },
    async history(workspace, segmentId, { from } = {}) {
      const [document, hours] = await Promise.all([documentOf(workspace, segmentId), growthOf(workspace, segmentId, from)]);
      if (document === null) return [];
      let members = document.member_count - hours.reduce((sum, { grown }) => sum + grown, 0);
      return hours.map(({ hour, grown }): SegmentSize => ({ at: `${hour}:00:00.000Z`, members: (members += grown) }));
    },
  };
}

function hourBefore(instant: string): string {
  return new Date(Date.parse(instant) - 3_600_000).toISOString();
}

function viewOf(document: SegmentDocument): SegmentView {
  const { awaited, running, moves: _moves, archived, ...view } = document;
  const isEvaluating = awaited === true || running.length > 0;
  return { ...view, state: archived === true ? 'archived' : isEvaluating ? 'evaluating' : 'live' };
}
