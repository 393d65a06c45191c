import type { JsonObject } from '../../contracts/json.js';
import type { DocumentStore, DocumentWrite, FindOptions } from '../../stores/document-store/document-store.port.js';

/** A first write of a document, at position 1. */
export function newDocument(id: string, body: JsonObject = {}): DocumentWrite {
  return { id, expected: 'none', position: 1n, body };
}

/** Stores these bodies under ids `<prefix>000`, `<prefix>001`, …; fails when one was there. */
export async function storeBodies(
  target: { readonly store: DocumentStore; readonly collection: string },
  prefix: string,
  bodies: readonly JsonObject[],
): Promise<readonly string[]> {
  const writes = bodies.map((body, index) => newDocument(`${prefix}${String(index).padStart(3, '0')}`, body));
  const outcomes = await target.store.put(target.collection, writes);
  if (outcomes.includes('conflict')) throw new Error(`documents of ${prefix} were there already`);
  return writes.map((write) => write.id);
}

/** The ids of all pages of a query, following the cursors. */
export async function allIds(
  target: { readonly store: DocumentStore; readonly collection: string },
  options: Omit<FindOptions, 'cursor'>,
): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const { afterId, ...rest } = options;
    const from = cursor !== null ? { cursor } : afterId !== undefined ? { afterId } : {};
    const page = await target.store.find(target.collection, { ...rest, ...from });
    ids.push(...page.documents.map((document) => document.id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;
}
