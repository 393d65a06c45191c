import type { DocumentPage, DocumentStore, FindOptions } from '../../stores/document-store/document-store.port.js';

type Found = DocumentPage['documents'][number];

/** All documents that match, in id order, a page at a time. */
export async function* walk(
  documentStore: DocumentStore,
  collection: string,
  options: Pick<FindOptions, 'filter' | 'idPrefix'> & { readonly pageSize?: number },
): AsyncGenerator<Found> {
  const { pageSize = 1_000, ...match } = options;
  let afterId: string | undefined;
  for (;;) {
    const page = await documentStore.find(collection, {
      ...match,
      limit: pageSize,
      ...(afterId === undefined ? {} : { afterId }),
    });
    yield* page.documents;
    const last = page.documents.at(-1);
    if (last === undefined || page.nextCursor === null) return;
    afterId = last.id;
  }
}
