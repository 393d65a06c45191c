import type { SendOutcome } from '../../../channels/channel.port.js';
import type { NewEvent, Position } from '../../../contracts/events/event.js';
import { streamName } from '../../../contracts/events/streams.js';
import type { SuppressedReason } from '../../../contracts/events/campaign-message.events.js';
import type { StoredMessage } from '../../../contracts/read-models/messages.port.js';
import { normaliseFailureReason } from '../../../domain/campaign/failure-reason.js';
import { messageRetryPolicy, nextRetryDelay } from '../../../domain/campaign/retry.js';
import { isoInstant } from '../../../runtime/clock.js';
import { messageEvent, recordBehind, type MessageEventContext } from '../message-events.js';
import type { RunContext } from './run-context.js';

/** An attempt, and where its reservation stands. */
export interface ReservedAttempt {
  readonly id: string;
  readonly revision: bigint;
}

function streamOf({ workspace }: RunContext, { customer_id }: StoredMessage): string {
  return streamName('customer', workspace, customer_id);
}

function contextOf(
  { deps, run, runId, workspace }: RunContext,
  { customer_id }: StoredMessage,
  ...more: readonly string[]
): MessageEventContext & { readonly at: string; readonly idOf: readonly string[] } {
  const cause = run.cause();
  const at = isoInstant(deps.clock());
  return { workspace, at, idOf: [runId, customer_id, ...more], ...(cause === undefined ? {} : { cause }) };
}

function record(context: RunContext, message: StoredMessage, after: bigint, events: readonly NewEvent[]): Promise<Position> {
  const { deps, signal } = context;
  return recordBehind(deps.eventStore, { stream: streamOf(context, message), after, signal }, events);
}

/** Records what came of handing an attempt to the provider; answers the event's position. */
export async function recordOutcome(
  context: RunContext,
  message: StoredMessage,
  { attempt, outcome }: { readonly attempt: ReservedAttempt; readonly outcome: SendOutcome },
): Promise<Position> {
  return record(context, message, attempt.revision, [outcomeEvent(context, message, attempt.id, outcome)]);
}

function outcomeEvent(context: RunContext, message: StoredMessage, attempt_id: string, outcome: SendOutcome): NewEvent {
  const { runId: run, campaignId: campaign, channel } = context;
  const place = contextOf(context, message, attempt_id);
  const about = { run, campaign, attempt_id, at: place.at };
  switch (outcome.kind) {
    case 'sent': {
      const { provider, provider_message_id } = outcome;
      return messageEvent('campaign.message_sent', { ...about, provider, provider_message_id }, place);
    }
    case 'refused': {
      const reason = `${outcome.code}: ${normaliseFailureReason(outcome.reason)}`;
      const retryable = outcome.permanence === 'temporary';
      const failure = { ...about, provider: channel.name, reason, retryable, round: roundOf(context) };
      const delay = retryable ? delayOf(context, message, outcome.retry_after_ms) : null;
      const when = delay === null ? {} : { retry_at: isoInstant(context.deps.clock() + delay) };
      return messageEvent('campaign.message_failed', { ...failure, ...when }, place);
    }
    case 'unknown': {
      const reason = normaliseFailureReason(outcome.reason);
      return messageEvent(
        'campaign.message_uncertain',
        { ...about, provider: channel.name, reason, round: roundOf(context) },
        place,
      );
    }
  }
}

function roundOf({ run }: RunContext): number {
  return run.state().reopenings.length;
}

/** Each reopening has the policy's attempts anew. */
function attemptNumber(message: StoredMessage): number {
  return (message.attempts.length % messageRetryPolicy.attempts) + 1;
}

function delayOf({ deps }: RunContext, message: StoredMessage, retryAfterMs: number | undefined): number | null {
  const after = retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs };
  return nextRetryDelay(messageRetryPolicy, { attempt: attemptNumber(message), random: deps.random(), ...after });
}

/** Records that the attempt was not handed over in time and that no byte went out; only its writer may. */
export async function recordLapse(context: RunContext, message: StoredMessage, attempt: ReservedAttempt): Promise<Position> {
  const place = contextOf(context, message, attempt.id);
  const about = { run: context.runId, campaign: context.campaignId, attempt_id: attempt.id, at: place.at };
  const lapsed = messageEvent('campaign.message_lapsed', about, place);
  if (attemptNumber(message) < messageRetryPolicy.attempts) return record(context, message, attempt.revision, [lapsed]);
  const reason = 'lapsed: not handed over in time';
  const failed = messageEvent('campaign.message_failed', { ...about, reason, retryable: true, round: roundOf(context) }, place);
  return record(context, message, attempt.revision, [lapsed, failed]);
}

/** Records that nothing went out with an attempt of somebody else's: the look-up proved it. With `again`, another attempt is made at once. */
export async function recordNotSent(
  context: RunContext,
  message: StoredMessage,
  { attempt, next }: { readonly attempt: ReservedAttempt; readonly next: 'again' | 'give_up' },
): Promise<Position> {
  const place = contextOf(context, message, attempt.id);
  const about = { run: context.runId, campaign: context.campaignId, attempt_id: attempt.id, at: place.at };
  const failure = {
    ...about,
    provider: context.channel.name,
    reason: 'not_handed_over',
    retryable: true,
    round: roundOf(context),
  };
  const when = next === 'again' ? { retry_at: place.at } : {};
  return record(context, message, attempt.revision, [messageEvent('campaign.message_failed', { ...failure, ...when }, place)]);
}

/** Records that the customer is not sent to. */
export async function recordSuppressed(context: RunContext, message: StoredMessage, reason: SuppressedReason): Promise<Position> {
  const round = String(roundOf(context));
  const place = contextOf(context, message, reason, round);
  const address = message.address_hash === undefined ? {} : { address_hash: message.address_hash };
  const data = { run: context.runId, campaign: context.campaignId, ...address, reason, at: place.at };
  return record(context, message, BigInt(message.revision), [messageEvent('campaign.message_suppressed', data, place)]);
}

/** Records that the message could not be made; nothing was reserved. */
export async function recordUnmade(context: RunContext, message: StoredMessage, reason: string): Promise<Position> {
  const round = roundOf(context);
  const place = contextOf(context, message, 'unmade', String(message.attempts.length), String(round));
  const data = { run: context.runId, campaign: context.campaignId, reason, retryable: false, round, at: place.at };
  return record(context, message, BigInt(message.revision), [messageEvent('campaign.message_failed', data, place)]);
}
