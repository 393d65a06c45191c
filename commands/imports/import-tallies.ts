import type { ImportCounts } from '../../contracts/read-models/imports.port.js';
import type { DocumentStore } from '../../stores/document-store/document-store.port.js';

const COLLECTION = 'import-tallies';
const KEEP_MS = 30 * 86_400_000;
const none: ImportCounts = { received: 0, accepted: 0, duplicate: 0, quarantined: 0 };

/** What an open import took so far, and when it last took something. */
export interface ImportTally {
  readonly counts: ImportCounts;
  /** ms since 1970; null when nothing came yet. */
  readonly lastAt: number | null;
}

/** Counts the receipts of open imports, also across restarts. */
export interface ImportTallies {
  open(): Promise<void>;
  read(workspace: string, importId: string): Promise<ImportTally>;
  add(workspace: string, importId: string, change: { readonly counts: ImportCounts; readonly now: number }): Promise<void>;
}

/** Tallies in the document store, added to one after the other. */
export function createImportTallies(documents: DocumentStore): ImportTallies {
  const read = async (workspace: string, importId: string): Promise<ImportTally & { readonly version: bigint | 'none' }> => {
    const stored = await documents.get(COLLECTION, `${workspace}/${importId}`);
    if (stored?.body === null || stored === null) return { counts: none, lastAt: null, version: stored?.position ?? 'none' };
    const { received, accepted, duplicate, quarantined, last_at: lastAt } = stored.body;
    const counts = {
      received: Number(received),
      accepted: Number(accepted),
      duplicate: Number(duplicate),
      quarantined: Number(quarantined),
    };
    return { counts, lastAt: Number(lastAt), version: stored.position };
  };
  return {
    open: () => documents.ensureCollection(COLLECTION, []),
    read,
    async add(workspace, importId, { counts, now }) {
      for (;;) {
        const { counts: before, version } = await read(workspace, importId);
        const body = {
          received: before.received + counts.received,
          accepted: before.accepted + counts.accepted,
          duplicate: before.duplicate + counts.duplicate,
          quarantined: before.quarantined + counts.quarantined,
          last_at: now,
        };
        const position = version === 'none' ? 0n : version + 1n;
        const write = { id: `${workspace}/${importId}`, expected: version, position, body, expires_at: now + KEEP_MS };
        const [outcome] = await documents.put(COLLECTION, [write]);
        if (outcome === 'written') return;
      }
    },
  };
}
