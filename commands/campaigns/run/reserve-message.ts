import { isEngineError } from '../../../contracts/errors.js';
import type { SuppressedReason } from '../../../contracts/events/campaign-message.events.js';
import { streamName } from '../../../contracts/events/streams.js';
import type { ProfileDocument } from '../../../contracts/read-models/profile.js';
import { consentIn } from '../../../domain/campaign/consent.js';
import { stricterConsent } from '../../../domain/consent/consent-entry.js';
import {
  answerReservation,
  foldForReservation,
  viewOf,
  type ReservationAnswer,
  type ReservationQuestion,
  type ReservationView,
} from '../../../domain/campaign/reservation.js';
import { isoInstant } from '../../../runtime/clock.js';
import { retry } from '../../../runtime/retry.js';
import { mayPass, messageEvent, untilRecorded } from '../message-events.js';
import type { SendAction } from './prepare-messages.js';
import type { RunContext } from './run-context.js';

/** `since` is the instant before the reservation was stored, ms. */
export type Reservation =
  | { readonly kind: 'reserved'; readonly attempt: string; readonly revision: bigint; readonly since: number }
  | { readonly kind: 'taken' | 'stale' }
  | { readonly kind: 'suppress'; readonly reason: SuppressedReason };

const ATTEMPTS = 8;

/**
 * Reserves a message at exactly the head of its recipient's stream: what the documents do not include is read from the streams, so no
 * withdrawal and no other attempt stands before the reservation unseen. Only who gets `reserved` may send, and only this attempt.
 */
export async function reserveMessage(context: RunContext, action: SendAction, profile: ProfileDocument): Promise<Reservation> {
  const { deps, workspace, signal } = context;
  const stream = streamName('customer', workspace, action.message.customer_id);
  const question = questionOf(context, action, profile);
  const attempt = deps.newId();
  let view = await withCluster(context, viewOf(consentIn(profile, question), undefined, action.message.attempts), {
    question,
    profile,
  });
  let after = older(BigInt(profile.revision), BigInt(action.message.revision));
  for (let round = 0; round < ATTEMPTS; round += 1) {
    const answer = answerReservation(view, question);
    if (answer.kind !== 'reserve') return refusalOf(answer);
    const since = deps.clock();
    const event = reservedEvent(context, action, { attempt, at: isoInstant(since) });
    const expected = after === -1n ? 'no_stream' : after;
    try {
      // Where nothing was appended behind the documents, this alone proves it. Repeating it is safe: same id, same revision.
      const stored = await retry(untilRecorded, () => deps.eventStore.append(stream, expected, [event]), {
        signal,
        mayRetry: mayPass,
      });
      return { kind: 'reserved', attempt, revision: stored.revision, since };
    } catch (error) {
      if (!isEngineError(error, 'wrong_expected_revision')) throw error;
    }
    const tail = await readTail(context, { stream, after, view, question });
    ({ view, after } = tail);
  }
  return { kind: 'stale' };
}

function refusalOf(answer: ReservationAnswer): Reservation {
  if (answer.kind === 'suppress') return answer;
  return { kind: answer.kind === 'stale' ? 'stale' : 'taken' };
}

function questionOf(
  { consent, runId }: RunContext,
  { message, uncertain }: SendAction,
  profile: ProfileDocument,
): ReservationQuestion {
  const profileRevision = BigInt(profile.revision);
  return { ...consent, run: runId, address_hash: message.address_hash ?? '', profileRevision, uncertain };
}

function older(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

function reservedEvent(
  { workspace, runId, campaignId, consent, run }: RunContext,
  { message }: SendAction,
  { attempt, at }: { readonly attempt: string; readonly at: string },
): ReturnType<typeof messageEvent> {
  const data = {
    run: runId,
    campaign: campaignId,
    attempt_id: attempt,
    address_hash: message.address_hash ?? '',
    channel: consent.channel,
    at,
  };
  const cause = run.cause();
  const context = { workspace, at, idOf: [runId, message.customer_id, attempt], ...(cause === undefined ? {} : { cause }) };
  return messageEvent('campaign.message_reserved', data, context);
}

interface Tail {
  readonly stream: string;
  readonly after: bigint;
  readonly view: ReservationView;
  readonly question: ReservationQuestion;
}

async function readTail({ deps }: RunContext, tail: Tail): Promise<Pick<Tail, 'view' | 'after'>> {
  let { view, after } = tail;
  for await (const event of deps.eventStore.readStream(tail.stream, { from: tail.after + 1n })) {
    view = foldForReservation(view, event, tail.question);
    after = event.revision;
  }
  return { view, after };
}

/** The stricter of what all members of the cluster said: one withdrawal is enough. */
async function withCluster(
  context: RunContext,
  own: ReservationView,
  { question, profile }: { readonly question: ReservationQuestion; readonly profile: ProfileDocument },
): Promise<ReservationView> {
  const { deps, workspace } = context;
  const members = await deps.people.membersOf(workspace, profile.customer_id);
  const others = members.filter((id) => id !== profile.customer_id);
  if (others.length === 0) return own;
  const profiles = await deps.profiles.getMany(workspace, others);
  let view = own;
  for (const id of others) {
    const [known, message] = [profiles.get(id), await deps.messages.get(workspace, context.runId, id)];
    const documents = viewOf(known && consentIn(known, question), undefined, message?.attempts ?? []);
    const stream = streamName('customer', workspace, id);
    const asked = { ...question, profileRevision: BigInt(known?.revision ?? '-1') };
    // A member without a message document may have one that is not folded yet: the profile's revision says nothing about it.
    const after = message === null ? -1n : older(BigInt(known?.revision ?? '-1'), BigInt(message.revision));
    view = stricter(view, (await readTail(context, { stream, after, view: documents, question: asked })).view);
  }
  return view;
}

function stricter(one: ReservationView, other: ReservationView): ReservationView {
  const consent = one.consent && other.consent ? stricterConsent(one.consent, other.consent) : (one.consent ?? other.consent);
  const suppressed = one.suppressed ?? other.suppressed;
  return {
    ...one,
    attempts: { ...other.attempts, ...one.attempts },
    ...(consent === undefined ? {} : { consent }),
    ...(suppressed === undefined ? {} : { suppressed }),
  };
}
