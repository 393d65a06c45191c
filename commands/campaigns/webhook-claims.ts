import { createHash } from 'node:crypto';
import type { DocumentStore } from '../../stores/document-store/document-store.port.js';

/** Each token of a signed callback is good for one event: whoever claims it first says for which. */
export interface WebhookClaims {
  /** `mine` also for the same pair again, since whoever claimed it may have died before the append. */
  claim(
    workspace: string,
    callback: { readonly provider: string; readonly token: string; readonly eventId: string },
    now: number,
  ): Promise<'mine' | 'taken'>;
}

const COLLECTION = 'webhook_claims';
const KEPT_MS = 49 * 3_600_000;

/** Claims in the document store, kept longer than callbacks are taken. */
export function createWebhookClaims(documents: DocumentStore): WebhookClaims {
  let opened: Promise<void> | null = null;

  function open(): Promise<void> {
    opened ??= documents.ensureCollection(COLLECTION, []).catch((error: unknown) => {
      opened = null;
      throw error;
    });
    return opened;
  }

  return {
    async claim(workspace, { provider, token, eventId }, now) {
      await open();
      const id = `${workspace}/${createHash('sha256').update(`${provider}\0${token}`).digest('hex')}`;
      const write = { id, expected: 'none', position: 0n, body: { event_id: eventId }, expires_at: now + KEPT_MS } as const;
      const [outcome] = await documents.put(COLLECTION, [write]);
      if (outcome === 'written') return 'mine';
      const held = await documents.get(COLLECTION, id);
      return held?.body?.['event_id'] === eventId ? 'mine' : 'taken';
    },
  };
}
