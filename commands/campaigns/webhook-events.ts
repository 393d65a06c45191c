import type { ProviderEvent } from '../../channels/provider-event.js';
import { plainBody } from '../../contracts/events/engine-event.js';
import type { NewEvent } from '../../contracts/events/event.js';
import type { PlainData, PlainEventType } from '../../contracts/events/event-contracts.js';
import type { MessageRef } from '../../domain/campaign/tokens.js';
import { engineId } from '../../domain/ids.js';
import { engineEvent } from '../engine-event.js';
import { messageEvent } from './message-events.js';
import type { SealedFields } from './sealed-reason.js';

/** What a callback says about a message, ready to be sealed and appended. */
export interface CallbackEvent {
  readonly event: NewEvent;
  readonly sealed: SealedFields;
}

export interface CallbackContext {
  readonly workspace: string;
  readonly provider: string;
  readonly campaignId?: string;
  /** When it came in: ISO-8601 UTC with milliseconds. */
  readonly at: string;
}

type CallbackType = Extract<PlainEventType, `campaign.message_${'delivered' | 'opened' | 'clicked' | 'bounced' | 'complained'}`>;

/** The event that a provider's event becomes; null for what says nothing about the message. The same callback is the same event. */
export function callbackEvent(event: ProviderEvent, ref: MessageRef, context: CallbackContext): CallbackEvent | null {
  const { kind, failure, automated, url } = event;
  const byMachine = automated === undefined ? {} : { by_machine: true };
  switch (kind) {
    case 'accepted':
      return { event: accepted(event, ref, context), sealed: {} };
    case 'delivered':
      return of('campaign.message_delivered', {}, {});
    case 'opened':
      return of('campaign.message_opened', byMachine, {});
    case 'clicked':
      return of('campaign.message_clicked', byMachine, url === undefined ? {} : { quasi: { url } });
    case 'complained':
      return of('campaign.message_complained', {}, {});
    case 'failed': {
      const reason = failure?.suppressed ?? (failure?.code === undefined ? undefined : cut(failure.code));
      const data = { severity: failure?.permanence ?? 'temporary', ...(reason === undefined ? {} : { reason }) } as const;
      return of('campaign.message_bounced', data, failure === undefined ? {} : { direct: { detail: failure.reason } });
    }
    case 'unsubscribed':
    case 'other':
      return null;
  }

  function of<Type extends CallbackType>(
    type: Type,
    more: Omit<PlainData<Type>, 'run' | 'attempt_id'>,
    sealed: SealedFields,
  ): CallbackEvent {
    const { workspace, provider, at, campaignId } = context;
    const about = {
      run: ref.run_id,
      attempt_id: ref.attempt_id,
      provider,
      provider_event_id: cut(event.id),
      at: event.occurred_at,
    };
    const campaign = campaignId === undefined ? {} : { campaign: campaignId };
    // Each callback has the fields of `about`; what differs is in `more`.
    const data = { ...about, ...campaign, ...more } as unknown as PlainData<Type>;
    const id = engineId(type, workspace, provider, event.id);
    const made = engineEvent({ id, type, data: plainBody(type, data), workspace, actor: provider, at });
    return { event: { ...made, metadata: { ...made.metadata, occurred_at: event.occurred_at } }, sealed };
  }
}

/** As much of a provider's word as a log keeps; no half characters. */
function cut(text: string): string {
  return text.slice(0, 128).replace(/\p{Surrogate}$/u, '');
}

/** The provider has it: the same event as the one that is recorded when it answers a send. */
function accepted(event: ProviderEvent, ref: MessageRef, { workspace, provider, campaignId, at }: CallbackContext): NewEvent {
  const { run_id: run, customer_id, attempt_id } = ref;
  const id = event.provider_message_id;
  const data = {
    run,
    attempt_id,
    provider,
    at: event.occurred_at,
    ...(campaignId === undefined ? {} : { campaign: campaignId }),
    ...(id === undefined ? {} : { provider_message_id: cut(id) }),
  };
  return messageEvent('campaign.message_sent', data, { workspace, at, idOf: [run, customer_id, attempt_id] });
}
