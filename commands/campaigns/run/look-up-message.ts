import type { LookUpOutcome } from '../../../channels/channel.port.js';
import type { Position } from '../../../contracts/events/event.js';
import type { StoredMessage } from '../../../contracts/read-models/messages.port.js';
import type { NextAction } from '../../../domain/campaign/next-actions.js';
import { makeMessageToken } from '../../../domain/campaign/tokens.js';
import { personsOf } from '../persons.js';
import { openRecipients } from '../recipients.js';
import { recordNotSent, recordOutcome } from './record-outcome.js';
import type { RunContext } from './run-context.js';

export type LookUpAction = Extract<NextAction<StoredMessage>, { kind: 'look_up' }>;

/** Asks the provider what became of an attempt and records what is new; null when there is nothing to record. Never sends. */
export async function lookUpMessage(context: RunContext, { message, attempt }: LookUpAction): Promise<Position | null> {
  const reserved = { id: attempt.id, revision: BigInt(attempt.revision) };
  const found = await ask(context, message, attempt.id);
  if (found.kind === 'sent') return recordOutcome(context, message, { attempt: reserved, outcome: found });
  if (found.kind === 'not_found' && context.channel.capabilities.look_up === 'exact') {
    const next = context.run.state().phase === 'sending' ? 'again' : 'give_up';
    return recordNotSent(context, message, { attempt: reserved, next });
  }
  if (message.outcome === 'uncertain') return null;
  const reason = found.kind === 'unknown' ? found.reason : 'the provider does not know it yet';
  return recordOutcome(context, message, { attempt: reserved, outcome: { kind: 'unknown', reason } });
}

async function ask(context: RunContext, message: StoredMessage, attempt_id: string): Promise<LookUpOutcome> {
  const { channel, workspace, runId, webhookKey, deps } = context;
  const { customer_id } = message;
  const profile = (await personsOf(deps, workspace, [customer_id])).get(customer_id);
  const [recipient] = profile === undefined ? [] : await openRecipients(deps, [profile], { workspace, fields: [] });
  const message_token = makeMessageToken({ run_id: runId, customer_id, attempt_id }, { workspace, key: webhookKey });
  const sentTo = recipient?.email === undefined ? {} : { sent_to: { to: recipient.email, message_token } };
  return channel.lookUp({ workspace, run_id: runId, customer_id, attempt_id, ...sentTo });
}
