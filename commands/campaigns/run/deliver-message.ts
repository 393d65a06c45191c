import type { SendOutcome } from '../../../channels/channel.port.js';
import type { Position } from '../../../contracts/events/event.js';
import { makeMessageToken } from '../../../domain/campaign/tokens.js';
import type { PreparedMessage } from './prepare-messages.js';
import { recordLapse, recordOutcome, recordSuppressed, recordUnmade } from './record-outcome.js';
import { reserveMessage } from './reserve-message.js';
import type { RunContext } from './run-context.js';

/** A reservation that was not handed over within this time lapses: whoever withdraws meanwhile is not written to much later. */
export const LAPSE_MS = 2_000;

/** What became of a delivery; `position` of what was recorded. */
export type Delivery =
  | { readonly kind: 'recorded'; readonly position: Position; readonly outcome?: SendOutcome }
  /** Nothing was recorded here: somebody else is at it, or the profile must be read again. */
  | { readonly kind: 'left'; readonly why: 'taken' | 'stale' };

/** Reserve ▸ send ▸ record, once: the send stands in no loop, and nothing is sent that was not reserved here. */
export async function deliverMessage(context: RunContext, prepared: PreparedMessage): Promise<Delivery> {
  const { message } = prepared.action;
  if (prepared.kind === 'suppressed') return recorded(await recordSuppressed(context, message, prepared.reason));
  if (prepared.kind === 'failed') return recorded(await recordUnmade(context, message, prepared.reason));
  const reservation = await reserveMessage(context, prepared.action, prepared.profile);
  switch (reservation.kind) {
    case 'taken':
    case 'stale':
      return { kind: 'left', why: reservation.kind };
    case 'suppress':
      return recorded(await recordSuppressed(context, message, reservation.reason));
    case 'reserved': {
      const { attempt, revision, since } = reservation;
      const reserved = { id: attempt, revision };
      if (context.deps.clock() - since > LAPSE_MS) return recorded(await recordLapse(context, message, reserved));
      const outcome = await hand(context, prepared, attempt);
      return { ...recorded(await recordOutcome(context, message, { attempt: reserved, outcome })), outcome };
    }
  }
}

function recorded(position: Position): Extract<Delivery, { kind: 'recorded' }> {
  return { kind: 'recorded', position };
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
