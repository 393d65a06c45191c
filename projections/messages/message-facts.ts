import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { MessageFact } from '../../domain/campaign/message-status.js';

/** What an event on a customer's stream says about the one message of a run; null when it says nothing. */
export function factOfCustomer(event: DecodedEvent): { readonly run: string; readonly fact: MessageFact } | null {
  if (isEngineEvent(event, 'campaign.message_reserved')) {
    const { run, attempt_id: attempt, address_hash } = event.data;
    return { run, fact: { kind: 'reserved', attempt, address_hash, revision: event.revision.toString() } };
  }
  if (isEngineEvent(event, 'campaign.message_lapsed'))
    return about(event.data.run, { kind: 'lapsed', attempt: event.data.attempt_id });
  if (isEngineEvent(event, 'campaign.message_sent'))
    return about(event.data.run, { kind: 'sent', attempt: event.data.attempt_id });
  if (isEngineEvent(event, 'campaign.message_failed')) {
    const { run, attempt_id: attempt, reason, retry_at, round = 0 } = event.data;
    const when = retry_at === undefined ? {} : { retry_at };
    return about(run, { kind: 'failed', ...(attempt === undefined ? {} : { attempt }), reason, round, ...when });
  }
  if (isEngineEvent(event, 'campaign.message_uncertain')) {
    const { run, attempt_id: attempt, reason, round = 0 } = event.data;
    return about(run, { kind: 'uncertain', attempt, reason, round });
  }
  if (isEngineEvent(event, 'campaign.message_suppressed')) {
    return about(event.data.run, { kind: 'suppressed', reason: event.data.reason });
  }
  if (isEngineEvent(event, 'campaign.message_dropped')) return about(event.data.run, { kind: 'dropped' });
  if (isEngineEvent(event, 'consent.withdrawn')) {
    return event.data.via === undefined ? null : about(event.data.via, { kind: 'unsubscribed' });
  }
  return factOfCallback(event);
}

function factOfCallback(event: DecodedEvent): { readonly run: string; readonly fact: MessageFact } | null {
  if (isEngineEvent(event, 'campaign.message_delivered')) {
    return about(event.data.run, { kind: 'delivered', attempt: event.data.attempt_id });
  }
  if (isEngineEvent(event, 'campaign.message_complained')) {
    return about(event.data.run, { kind: 'complained', attempt: event.data.attempt_id });
  }
  if (isEngineEvent(event, 'campaign.message_bounced')) {
    const { run, attempt_id: attempt, severity, reason } = event.data;
    return about(run, { kind: 'bounced', attempt, severity, ...(reason === undefined ? {} : { reason }) });
  }
  if (isEngineEvent(event, 'campaign.message_opened')) return about(event.data.run, { kind: 'opened', ...byWhom(event.data) });
  if (isEngineEvent(event, 'campaign.message_clicked')) return about(event.data.run, { kind: 'clicked', ...byWhom(event.data) });
  return null;
}

function byWhom(data: { readonly attempt_id: string; readonly by_machine?: boolean }): {
  readonly attempt: string;
  readonly by: 'person' | 'machine';
} {
  return { attempt: data.attempt_id, by: data.by_machine === true ? 'machine' : 'person' };
}

function about(run: string, fact: MessageFact): { readonly run: string; readonly fact: MessageFact } {
  return { run, fact };
}
