import type { SendOutcome } from '../../../channels/channel.port.js';
import type { SuppressedReason } from '../../../contracts/events/campaign-message.events.js';
import type { Position } from '../../../contracts/events/event.js';
import type { StoredMessage } from '../../../contracts/read-models/messages.port.js';
import { suppressedBy } from '../../../domain/campaign/consent.js';
import { makeMessageToken } from '../../../domain/campaign/tokens.js';
import type { PreparedMessage } from './prepare-messages.js';
import { recordLapse, recordOutcome, recordSuppressed, recordUnmade, type ReservedAttempt } from './record-outcome.js';
import { reserveMessage } from './reserve-message.js';
import type { RunContext } from './run-context.js';

/** A reservation that was not handed over within this time lapses: whoever withdraws meanwhile is not written to much later. */
export const LAPSE_MS = 2_000;

/** For so long the suppression list counts as read. */
const LISTED_MS = 1_000;

/** What was done about a message, before it is recorded. `left`: somebody else is at it, or the profile must be read again. */
export type Attempted =
  | { readonly kind: 'left'; readonly why: 'taken' | 'stale' }
  | { readonly kind: 'suppressed'; readonly reason: SuppressedReason }
  | { readonly kind: 'unmade'; readonly reason: string }
  | { readonly kind: 'lapsed'; readonly attempt: ReservedAttempt }
  | { readonly kind: 'handed'; readonly attempt: ReservedAttempt; readonly outcome: SendOutcome };

/** Reserve ▸ send, once: the send stands in no loop, and nothing is sent that was not reserved here. */
export async function attemptMessage(context: RunContext, prepared: PreparedMessage): Promise<Attempted> {
  if (prepared.kind === 'suppressed') return prepared;
  if (prepared.kind === 'failed') return { kind: 'unmade', reason: prepared.reason };
  const listed = await listedSince(context, prepared);
  if (listed !== undefined) return { kind: 'suppressed', reason: listed };
  const reservation = await reserveMessage(context, prepared.action, prepared.profile);
  switch (reservation.kind) {
    case 'taken':
    case 'stale':
      return { kind: 'left', why: reservation.kind };
    case 'suppress':
      return { kind: 'suppressed', reason: reservation.reason };
    case 'reserved': {
      const attempt = { id: reservation.attempt, revision: reservation.revision };
      if (context.deps.clock() - reservation.since > LAPSE_MS) return { kind: 'lapsed', attempt };
      return { kind: 'handed', attempt, outcome: await hand(context, prepared, attempt.id) };
    }
  }
}

/** Records what was done; answers the position of the record, null when nothing is to be recorded. */
export async function recordAttempt(context: RunContext, message: StoredMessage, attempted: Attempted): Promise<Position | null> {
  switch (attempted.kind) {
    case 'left':
      return null;
    case 'suppressed':
      return recordSuppressed(context, message, attempted.reason);
    case 'unmade':
      return recordUnmade(context, message, attempted.reason);
    case 'lapsed':
      return recordLapse(context, message, attempted.attempt);
    case 'handed':
      return recordOutcome(context, message, attempted);
  }
}

/** A throttle may hold back a message for long after the list was read for it. */
async function listedSince(
  { deps, workspace }: RunContext,
  { action, listedAt }: Extract<PreparedMessage, { kind: 'ready' }>,
): Promise<SuppressedReason | undefined> {
  const hash = action.message.address_hash;
  if (hash === undefined || deps.clock() - listedAt < LISTED_MS) return undefined;
  const entry = (await deps.suppressions.getMany(workspace, [hash])).get(hash);
  return entry && suppressedBy(entry.reason);
}

/** A channel that breaks its promise not to throw leaves it open whether something went out. */
async function hand(
  { channel, workspace, runId, webhookKey }: RunContext,
  { outgoing }: Extract<PreparedMessage, { kind: 'ready' }>,
  attempt: string,
): Promise<SendOutcome> {
  const ref = { run_id: runId, customer_id: outgoing.customer_id, attempt_id: attempt };
  const message_token = makeMessageToken(ref, { workspace, key: webhookKey });
  try {
    return await channel.send({ ...outgoing, attempt_id: attempt, message_token });
  } catch (error) {
    return { kind: 'unknown', reason: `the channel failed: ${error instanceof Error ? error.name : typeof error}` };
  }
}
