import type { MessageAttempt, MessageDocument } from '../../contracts/read-models/message.js';
import type { Reopening, RunPhase } from './campaign-run.state.js';

/** How long a message of unknown outcome is looked up by itself. */
export const LOOK_UP_MS = 30 * 60_000;
/** A reservation of another writer is looked up after this long: by then it was handed over, or has lapsed. */
const OTHERS_MS = 5_000;
const LOOK_UP_LEAST_MS = 5_000;
const LOOK_UP_MOST_MS = 300_000;

/** What a driver knows when it decides what to do next. */
export interface Todo<Message extends MessageDocument> {
  readonly phase: RunPhase;
  readonly reopenings: readonly Reopening[];
  readonly messages: readonly Message[];
  /** When the message was last looked up, ms; undefined: never. */
  lookedUpAt(message: Message): number | undefined;
}

/** `again`: an attempt of unknown outcome does not keep the message from being sent. */
export type NextAction<Message extends MessageDocument> =
  | { readonly kind: 'send'; readonly message: Message; readonly uncertain: 'refuses' | 'is_sent_again' }
  | { readonly kind: 'look_up'; readonly message: Message; readonly attempt: MessageAttempt };

/** What can be done now, in the given order, and when to ask again for those that are not due (ms). */
export interface NextActions<Message extends MessageDocument> {
  readonly actions: readonly NextAction<Message>[];
  readonly nextDue: number | null;
}

type Step<Message extends MessageDocument> = NextAction<Message> | { readonly kind: 'wait'; readonly until: number } | null;

/** Decides what is to be done about messages; the same knowledge gives the same actions. */
export function nextActions<Message extends MessageDocument>(
  todo: Todo<Message>,
  limit: number,
  now: number,
): NextActions<Message> {
  const actions: NextAction<Message>[] = [];
  let nextDue: number | null = null;
  for (const message of todo.messages) {
    if (actions.length >= limit) break;
    const step = stepOf(message, todo, now);
    if (step === null) continue;
    if (step.kind === 'wait') nextDue = Math.min(nextDue ?? Infinity, step.until);
    else actions.push(step);
  }
  return { actions, nextDue };
}

function stepOf<Message extends MessageDocument>(message: Message, todo: Todo<Message>, now: number): Step<Message> {
  const isSending = todo.phase === 'sending';
  switch (message.outcome) {
    case 'pending':
    case 'retrying': {
      if (!isSending) return null;
      const due = message.retry_at === undefined ? now : Date.parse(message.retry_at);
      return due > now ? { kind: 'wait', until: due } : { kind: 'send', message, uncertain: 'refuses' };
    }
    case 'failed':
      return isSending && isReopened(message, todo.reopenings) ? { kind: 'send', message, uncertain: 'refuses' } : null;
    case 'uncertain':
      if (isSending && isReopened(message, todo.reopenings)) return { kind: 'send', message, uncertain: 'is_sent_again' };
      return lookUp(message, todo, now);
    case 'reserved':
      return lookUp(message, todo, now);
    case 'sent':
    case 'cancelled':
    case 'suppressed':
      return null;
  }
}

/** True when a person has asked, after the failure, for messages such as this one. */
function isReopened(message: MessageDocument, reopenings: readonly Reopening[]): boolean {
  return reopenings.some(({ include_uncertain: uncertain, group, customers }, index) => {
    if (index < message.round) return false;
    if (customers !== undefined && !customers.includes(message.customer_id)) return false;
    if (message.outcome === 'uncertain') return uncertain;
    return group === undefined || group === message.reason;
  });
}

function lookUp<Message extends MessageDocument>(message: Message, todo: Todo<Message>, now: number): Step<Message> {
  const attempt = message.attempts.at(-1);
  if (attempt === undefined) return null;
  const reserved = Date.parse(attempt.at);
  const last = todo.lookedUpAt(message);
  const isGivenUp = message.outcome === 'uncertain' && now - reserved > LOOK_UP_MS;
  if (isGivenUp) return null;
  const pause = Math.min(LOOK_UP_MOST_MS, Math.max(LOOK_UP_LEAST_MS, (now - reserved) / 2));
  const due = last === undefined ? reserved + (message.outcome === 'reserved' ? OTHERS_MS : 0) : last + pause;
  return due > now ? { kind: 'wait', until: due } : { kind: 'look_up', message, attempt };
}
