import type { SuppressedReason } from '../../contracts/events/campaign-message.events.js';
import { suppressionReasons, type SuppressionReason } from '../../contracts/events/suppression.events.js';
import { ENGINE_SOURCE } from '../../contracts/events/sources.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import type { AttemptState, MessageAttempt } from '../../contracts/read-models/message.js';
import type { ConsentEntry } from '../../contracts/read-models/profile.js';
import { latestConsent, statementIn } from '../consent/consent-entry.js';
import { mayBeWrittenTo, suppressedBy, type ConsentNeeded } from './consent.js';

/** What decides whether a message may be reserved: from documents, and then from the events that they do not include yet. */
export interface ReservationView {
  readonly consent?: ConsentEntry;
  readonly suppressed?: SuppressedReason;
  readonly attempts: Readonly<Record<string, AttemptState>>;
  /** The customer's data changed behind the profile: it is to be read again. */
  readonly isStale: boolean;
  readonly isErased: boolean;
}

export interface ReservationQuestion extends ConsentNeeded {
  readonly run: string;
  readonly address_hash: string;
  /** The revision of the customer's own stream that the profile includes. */
  readonly profileRevision: bigint;
  /** Whether an attempt of unknown outcome keeps the message from being sent. */
  readonly uncertain: 'refuses' | 'is_sent_again';
}

/** `taken`: another attempt is on its way or went out. `stale`: read the profile again, then ask again. */
export type ReservationAnswer =
  { readonly kind: 'reserve' | 'taken' | 'stale' } | { readonly kind: 'suppress'; readonly reason: SuppressedReason };

/** The view from documents alone. */
export function viewOf(
  consent: ConsentEntry | undefined,
  suppressed: SuppressedReason | undefined,
  attempts: readonly MessageAttempt[],
): ReservationView {
  return {
    ...(consent === undefined ? {} : { consent }),
    ...(suppressed === undefined ? {} : { suppressed }),
    attempts: Object.fromEntries(attempts.map(({ id, state }) => [id, state])),
    isStale: false,
    isErased: false,
  };
}

/** The view with one more event of a stream; an event that the documents include already changes nothing. */
export function foldForReservation(view: ReservationView, event: RecordedEvent, question: ReservationQuestion): ReservationView {
  const { plain, hashes } = event.data;
  switch (event.type) {
    case 'consent.granted':
    case 'consent.withdrawn': {
      const said = statementIn({ type: event.type, plain, metadata: event.metadata });
      if (said?.channel !== question.channel || said.purpose !== question.purpose) return view;
      return { ...view, consent: latestConsent(view.consent, said.entry) };
    }
    case 'suppression.added':
      return hashes['email'] === question.address_hash ? { ...view, suppressed: suppressedBy(reasonIn(plain['reason'])) } : view;
    case 'customer.created':
    case 'customer.updated':
    case 'customer.identified':
      if (event.revision <= question.profileRevision) return view;
      return hashes['email'] === undefined && !Array.isArray(plain['unset']) ? view : { ...view, isStale: true };
    case 'customer.erased':
      return event.revision <= question.profileRevision ? view : { ...view, isErased: true };
  }
  return foldAttempt(view, event, question);
}

const states: Readonly<Record<string, AttemptState>> = {
  'campaign.message_reserved': 'reserved',
  'campaign.message_lapsed': 'lapsed',
  'campaign.message_failed': 'refused',
  'campaign.message_uncertain': 'uncertain',
};

function foldAttempt(
  view: ReservationView,
  { type, data, metadata }: RecordedEvent,
  { run }: ReservationQuestion,
): ReservationView {
  const attempt = data.plain['attempt_id'];
  if (metadata.source !== ENGINE_SOURCE || data.plain['run'] !== run || typeof attempt !== 'string') return view;
  const known = view.attempts[attempt];
  // Anything else that the engine notes about an attempt shows that it went out.
  const state = states[type] ?? 'sent';
  if (known === 'sent' || (state === 'reserved' && known !== undefined)) return view;
  return { ...view, attempts: { ...view.attempts, [attempt]: state } };
}

function reasonIn(value: unknown): SuppressionReason {
  return suppressionReasons.find((reason) => reason === value) ?? 'manual';
}

/** Whether the message may be reserved. */
export function answerReservation(view: ReservationView, question: ReservationQuestion): ReservationAnswer {
  if (view.isErased) return { kind: 'suppress', reason: 'erased' };
  const open = Object.values(view.attempts).filter(
    (state) => state === 'reserved' || state === 'sent' || (state === 'uncertain' && question.uncertain === 'refuses'),
  );
  if (open.length > 0) return { kind: 'taken' };
  if (!mayBeWrittenTo(view.consent, question.rule)) return { kind: 'suppress', reason: 'unsubscribed' };
  if (view.suppressed !== undefined) return { kind: 'suppress', reason: view.suppressed };
  return { kind: view.isStale ? 'stale' : 'reserve' };
}
