import type { SuppressedReason } from '../../contracts/events/campaign-message.events.js';
import type {
  AttemptState,
  CountedFacet,
  MessageAttempt,
  MessageDocument,
  MessageMoment,
  MessageOutcome,
  MessageWork,
} from '../../contracts/read-models/message.js';
import { summaryOf } from './message-summary.js';

/** One thing that became known about a message. Facts of one attempt may come in any order. */
export type MessageFact =
  | { readonly kind: 'recipient'; readonly address_hash: string; readonly revision: string }
  | { readonly kind: 'suppressed'; readonly reason: SuppressedReason }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'reserved'; readonly attempt: string; readonly address_hash: string; readonly revision: string }
  | { readonly kind: 'lapsed'; readonly attempt: string }
  | { readonly kind: 'sent'; readonly attempt: string }
  | {
      readonly kind: 'failed';
      readonly attempt?: string;
      readonly reason: string;
      readonly retry_at?: string;
      readonly round: number;
    }
  | { readonly kind: 'uncertain'; readonly attempt: string; readonly reason: string; readonly round: number }
  | { readonly kind: 'unsubscribed' }
  /** A person wants no more to be done about its failure. */
  | { readonly kind: 'dropped' }
  | { readonly kind: 'bounced'; readonly attempt: string; readonly severity: 'permanent' | 'temporary'; readonly reason?: string }
  | { readonly kind: 'delivered' | 'complained'; readonly attempt: string }
  | { readonly kind: 'opened' | 'clicked'; readonly attempt: string; readonly by: 'person' | 'machine' };

/** Whose message it is, when the fact became known, and where it stands in the customer's stream (absent: in the run's). */
export interface FactPlace {
  readonly run: string;
  readonly customer_id: string;
  readonly at: string;
  readonly revision?: string;
}

const TIMELINE_MAX = 60;

/** The message with the fact folded in. A fact that shows that the message went out wins over all that was thought before. */
export function evolveMessage(message: MessageDocument | null, fact: MessageFact, place: FactPlace): MessageDocument {
  const known = message ?? nothingKnown(place);
  const dated = place.revision === undefined ? known : { ...known, revision: place.revision };
  const folded = { ...foldFact(dated, fact, place), timeline: withMoment(known.timeline, fact, place.at) };
  return { ...withoutDerived(folded), ...derived(folded) };
}

function nothingKnown({ run, customer_id }: FactPlace): MessageDocument {
  return { run, customer_id, revision: '-1', outcome: 'pending', round: 0, attempts: [], counts: {}, timeline: [], summary: '' };
}

function foldFact(message: MessageDocument, fact: MessageFact, place: FactPlace): MessageDocument {
  switch (fact.kind) {
    case 'recipient':
      return { ...message, address_hash: fact.address_hash, revision: fact.revision };
    case 'suppressed':
      return settled(message, 'suppressed', { reason: fact.reason });
    case 'cancelled':
      return settled(message, 'cancelled', {});
    case 'reserved': {
      const attempt: MessageAttempt = { id: fact.attempt, state: 'reserved', at: place.at, revision: fact.revision };
      const reserved = { ...message, attempts: [...message.attempts, attempt], address_hash: fact.address_hash };
      return settled(reserved, 'reserved', {});
    }
    case 'lapsed':
      return isNewest(message, fact.attempt)
        ? settled(withAttempt(message, fact.attempt, 'lapsed'), 'pending', {})
        : withAttempt(message, fact.attempt, 'lapsed');
    case 'failed':
      return foldFailure(message, fact);
    case 'uncertain': {
      const marked = withAttempt(message, fact.attempt, 'uncertain');
      return isNewest(message, fact.attempt) ? { ...settled(marked, 'uncertain', fact), round: fact.round } : marked;
    }
    case 'unsubscribed':
      return counted(message, 'unsubscribed');
    case 'dropped':
      return message.outcome === 'failed' ? { ...message, dropped: true } : message;
    case 'sent':
      return wentOut(message, fact.attempt);
    case 'bounced':
      return fact.severity === 'permanent' ? counted(wentOut(message, fact.attempt), 'bounced') : wentOut(message, fact.attempt);
    case 'delivered':
    case 'complained':
      return counted(wentOut(message, fact.attempt), fact.kind);
    case 'opened':
      return counted(wentOut(message, fact.attempt), fact.by === 'person' ? 'opened' : 'opened_by_machine');
    case 'clicked':
      return fact.by === 'person'
        ? counted(wentOut(message, fact.attempt), 'clicked')
        : counted(wentOut(message, fact.attempt), 'opened_by_machine');
  }
}

function foldFailure(message: MessageDocument, fact: Extract<MessageFact, { kind: 'failed' }>): MessageDocument {
  const marked = fact.attempt === undefined ? message : withAttempt(message, fact.attempt, 'refused');
  if (fact.attempt !== undefined && !isNewest(message, fact.attempt)) return marked;
  const { reason, retry_at } = fact;
  const next = retry_at === undefined ? settled(marked, 'failed', { reason }) : settled(marked, 'retrying', { reason, retry_at });
  return { ...next, round: fact.round };
}

/** What was sent stays sent. */
function settled(
  message: MessageDocument,
  outcome: MessageOutcome,
  about: { readonly reason?: string; readonly retry_at?: string },
): MessageDocument {
  if (message.outcome === 'sent') return message;
  const { reason: _reason, retry_at: _retry, dropped: _dropped, ...rest } = message;
  const { reason, retry_at } = about;
  return { ...rest, outcome, ...(reason === undefined ? {} : { reason }), ...(retry_at === undefined ? {} : { retry_at }) };
}

function wentOut(message: MessageDocument, attempt: string): MessageDocument {
  const marked = withAttempt(message, attempt, 'sent');
  return message.outcome === 'sent' ? marked : settled(marked, 'sent', {});
}

function isNewest(message: MessageDocument, attempt: string): boolean {
  const newest = message.attempts.at(-1);
  return newest === undefined || newest.id === attempt;
}

/** What is known to have gone out stays so. */
function withAttempt(message: MessageDocument, id: string, state: AttemptState): MessageDocument {
  const attempts = message.attempts.map((attempt) =>
    attempt.id === id && attempt.state !== 'sent' ? { ...attempt, state } : attempt,
  );
  return { ...message, attempts };
}

/** Opened, clicked and complained imply delivered, whether or not somebody said so. */
function counted(message: MessageDocument, facet: CountedFacet): MessageDocument {
  return { ...message, counts: { ...message.counts, [facet]: (message.counts[facet] ?? 0) + 1 } };
}

function withMoment(timeline: readonly MessageMoment[], fact: MessageFact, at: string): readonly MessageMoment[] {
  if (fact.kind === 'recipient' || timeline.length >= TIMELINE_MAX) return timeline;
  const detail = 'reason' in fact ? fact.reason : 'by' in fact && fact.by === 'machine' ? 'by a machine' : undefined;
  return [...timeline, { event: fact.kind, at, ...(detail === undefined ? {} : { detail }) }];
}

function withoutDerived(message: MessageDocument): MessageDocument {
  const { work: _work, failure: _failure, ...rest } = message;
  return rest;
}

function derived(message: MessageDocument): Pick<MessageDocument, 'summary' | 'work' | 'failure'> {
  const work = workOf(message.outcome);
  const { opened = 0, clicked = 0, complained = 0, opened_by_machine: machine = 0, delivered = 0 } = message.counts;
  const implied = delivered === 0 && opened + clicked + complained + machine > 0 ? { delivered: 1 } : {};
  return {
    summary: summaryOf({ ...message, counts: { ...message.counts, ...implied } }),
    ...(work === null || message.dropped === true ? {} : { work: `${message.run}/${work}` }),
    ...(message.outcome === 'failed' && message.dropped !== true ? { failure: message.reason ?? 'unknown' } : {}),
  };
}

function workOf(outcome: MessageOutcome): MessageWork | null {
  switch (outcome) {
    case 'pending':
    case 'retrying':
      return 'send';
    case 'reserved':
      return 'look_up';
    case 'uncertain':
      return 'uncertain';
    case 'failed':
      return 'failed';
    case 'sent':
    case 'cancelled':
    case 'suppressed':
      return null;
  }
}
