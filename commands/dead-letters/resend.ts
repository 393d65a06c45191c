import { isEngineError } from '../../contracts/errors.js';
import type { Ingest } from '../ingest/ingest.js';
import type { RawEntry } from '../ingest/prepare-entry.js';
import type { WebhookCommands } from '../campaigns/webhook.commands.js';
import type { Resend } from './quarantine-dead-letters.js';

/** Sends refused events through ingest again. */
export function resendToIngest(ingest: Ingest): Resend {
  return async ({ workspace, source, actor, text, keptAs }) => {
    const entries = [{ ...entryOf(text), keptAs }];
    const { receipts } = await ingest({ workspace, source, actor, entries, bytes: Buffer.byteLength(text) });
    const [receipt] = receipts;
    if (receipt === undefined) return { status: 'quarantined' };
    const { status, event_id } = receipt;
    return { status, event_id, ...('code' in receipt ? { code: receipt.code } : {}) };
  };
}

/** Takes callbacks that named no message once more. */
export function resendToWebhooks(webhooks: WebhookCommands): Resend {
  return async ({ workspace, source, text }) => {
    try {
      const result = await webhooks.receive(source, workspace, JSON.parse(text));
      return {
        status: result === 'dead_letter' ? 'quarantined' : 'accepted',
        ...(result === 'dead_letter' ? { code: 'webhook_id_unreadable' } : {}),
      };
    } catch (error) {
      if (!isEngineError(error, 'webhook_refused')) throw error;
      return { status: 'quarantined', code: error.code };
    }
  };
}

/** A line that was no JSON stays one, so that it is refused again with its reason. */
function entryOf(text: string): Exclude<RawEntry, { readonly kind: 'refused' }> {
  try {
    // JSON.parse declares any; ingest checks what it gets.
    return { kind: 'json', value: JSON.parse(text) as unknown };
  } catch {
    return { kind: 'unreadable', text, detail: 'Expected JSON; the line is none.', line: 1 };
  }
}
