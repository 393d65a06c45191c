import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedDocumentStore } from '../../stores/document-store/embedded/open-embedded-document-store.js';
import type { DocumentStorePlace } from '../contract/document-store.suite.js';

/** A new folder for an embedded document store. */
export async function embeddedDocumentStorePlace(): Promise<DocumentStorePlace & { readonly file: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'cebe-documents-'));
  const file = join(folder, 'documents.sqlite');
  return {
    file,
    open: (options) => openEmbeddedDocumentStore({ file, ...options }),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
