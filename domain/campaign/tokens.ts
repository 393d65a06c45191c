import { openBox, sealBox } from './token-box.js';

/** What the opaque id of a message stands for. */
export interface MessageRef {
  readonly run_id: string;
  readonly customer_id: string;
  readonly attempt_id: string;
}

/** What an unsubscribe link stands for: whose consent ends, for what, and the message that it came with. */
export interface UnsubscribeRef {
  readonly customer_id: string;
  readonly channel: string;
  readonly purpose: string;
  /** Absent in messages that belong to no run. */
  readonly run_id?: string;
}

/** The key that a token is made or opened with, and the workspace it is bound to. */
export interface TokenKey {
  readonly workspace: string;
  readonly key: Uint8Array;
}

/** The opaque id that a message carries out and a callback brings back (key: the workspace secret `webhook_id`). Deterministic. */
export function makeMessageToken(ref: MessageRef, { workspace, key }: TokenKey): string {
  return sealBox([ref.run_id, ref.customer_id, ref.attempt_id], { key, workspace, purpose: 'message' });
}

/** What the opaque id stands for, or null for one that this workspace did not make. */
export function openMessageToken(token: string, { workspace, key }: TokenKey): MessageRef | null {
  const [run_id, customer_id, attempt_id, ...more] = openBox(token, { key, workspace, purpose: 'message' }) ?? [];
  if (run_id === undefined || customer_id === undefined || attempt_id === undefined || more.length > 0) return null;
  return { run_id, customer_id, attempt_id };
}

/** The token of `/u/{token}`: `<workspace>.<sealed>` (key: the workspace secret `unsubscribe`). Deterministic, and valid for ever. */
export function makeUnsubscribeToken(ref: UnsubscribeRef, { workspace, key }: TokenKey): string {
  const parts = [ref.customer_id, ref.channel, ref.purpose, ref.run_id ?? ''];
  return `${workspace}.${sealBox(parts, { key, workspace, purpose: 'unsubscribe' })}`;
}

/** Stands for a token in what is shown or sent to try it: it is nobody's, and no key opens it. */
export const TEST_UNSUBSCRIBE_TOKEN = 'test';

/** The workspace whose key opens the token, or null for what cannot be a token. Proves nothing: only opening does. */
export function unsubscribeTokenWorkspace(token: string): string | null {
  return /^([a-z0-9_]{1,32})\.[A-Za-z0-9_-]+$/.exec(token)?.[1] ?? null;
}

/** What the unsubscribe token stands for, or null for one that this workspace did not make. */
export function openUnsubscribeToken(token: string, { workspace, key }: TokenKey): UnsubscribeRef | null {
  if (unsubscribeTokenWorkspace(token) !== workspace) return null;
  const box = token.slice(workspace.length + 1);
  const [customer_id, channel, purpose, run_id, ...more] = openBox(box, { key, workspace, purpose: 'unsubscribe' }) ?? [];
  if (customer_id === undefined || channel === undefined || purpose === undefined || run_id === undefined || more.length > 0)
    return null;
  return { customer_id, channel, purpose, ...(run_id === '' ? {} : { run_id }) };
}
