import type { SendOutcome } from '../../../channels/channel.port.js';
import type { Position } from '../../../contracts/events/event.js';
import type { StoredMessage } from '../../../contracts/read-models/messages.port.js';
import type { MessageWork } from '../../../contracts/read-models/message.js';
import { nextActions, type NextAction } from '../../../domain/campaign/next-actions.js';
import { createInHand } from './in-hand.js';
import { attemptMessage, recordAttempt } from './deliver-message.js';
import { createLanes } from './lanes.js';
import { lookUpMessage, type LookUpAction } from './look-up-message.js';
import { createPace } from './pace.js';
import { prepareMessages, type PreparedMessage, type SendAction } from './prepare-messages.js';
import type { RunContext } from './run-context.js';

/** What one walk through the to-do list did, and when the next is due (ms). */
export interface Pass {
  readonly done: number;
  readonly nextDue: number | null;
}

/** Works off the to-do list of a run: one loop for first sends, retries and look-ups. */
export interface Dispatcher {
  /** Walks once through what is to be done, while `goesOn`; everything that was begun is recorded when it resolves. */
  pass(works: readonly MessageWork[], goesOn: () => Promise<boolean>): Promise<Pass>;
  /** The position of the newest event recorded here. */
  lastPosition(): Position;
  /** The documents include the position: what was recorded up to there is not remembered any more. */
  included(position: Position): void;
}

const PAGE = 1_000;
const BATCH = 100;
/** So many messages may be being recorded for each that is being sent. */
const RECORDING_EACH = 3;
const REST_MS = 1_000;
const FAILURE_HOLD_MS = 1_000;
const HELD_MOST = 50_000;

/** The dispatcher of one run in this process. */
export function createDispatcher(context: RunContext): Dispatcher {
  const { deps, run, channel, campaign, signal, workspace, runId } = context;
  const { clock, logger } = deps;
  const perSecond = campaign.per_second;
  const inHand = createInHand(clock);
  const sending = createLanes(channel.capabilities.recommended_concurrency);
  const recording = createLanes(channel.capabilities.recommended_concurrency * RECORDING_EACH);
  const pace = createPace({ clock, signal, ...(perSecond === undefined ? {} : { perSecond }) });
  const lookedUp = new Map<string, number>();
  const batchSize = Math.max(1, Math.min(BATCH, Math.floor(perSecond ?? BATCH)));

  function heedProvider(outcome: SendOutcome): void {
    if (outcome.kind !== 'refused' || outcome.permanence !== 'temporary' || outcome.retry_after_ms === undefined) return;
    pace.hold(outcome.retry_after_ms);
  }

  /** Holds its lane while it reserves and sends, and another one while it records. */
  async function deliver(prepared: PreparedMessage, leave: () => void): Promise<void> {
    const { message } = prepared.action;
    let leaveNow = leave;
    try {
      const attempted = await attemptMessage(context, prepared);
      if (attempted.kind === 'handed') heedProvider(attempted.outcome);
      leaveNow = await recording.enter();
      leave();
      const position = await recordAttempt(context, message, attempted);
      if (position === null) inHand.rest(message, clock() + REST_MS);
      else inHand.release(message, position);
    } catch (error) {
      failed(message, error);
    } finally {
      leaveNow();
    }
  }

  async function lookUp(action: LookUpAction, leave: () => void): Promise<void> {
    try {
      const position = await lookUpMessage(context, action);
      lookedUp.set(action.message.customer_id, clock());
      inHand.release(action.message, position);
    } catch (error) {
      failed(action.message, error);
    } finally {
      leave();
    }
  }

  /** Whatever was stored shows in the documents; what was reserved here and not recorded is looked up after the next start. */
  function failed(message: StoredMessage, error: unknown): void {
    inHand.rest(message, clock() + REST_MS);
    pace.hold(FAILURE_HOLD_MS);
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'internal';
    logger.warn('campaign_message_not_dispatched', { run: runId, workspace, code });
  }

  interface Walk {
    readonly works: readonly MessageWork[];
    nextDue: number | null;
  }

  async function* batches(walk: Walk): AsyncGenerator<readonly NextAction<StoredMessage>[]> {
    for (const work of walk.works) {
      for (let afterId: string | undefined; ;) {
        const behind = afterId === undefined ? {} : { afterId };
        const page = await deps.messages.work(workspace, runId, { work, limit: PAGE, ...behind });
        const { phase, reopenings } = run.state();
        const messages = page.messages.filter((message) => !inHand.has(message));
        const lookedUpAt = ({ customer_id }: StoredMessage): number | undefined => lookedUp.get(customer_id);
        const { actions, nextDue } = nextActions({ phase, reopenings, messages, lookedUpAt }, PAGE, clock());
        if (nextDue !== null) walk.nextDue = Math.min(walk.nextDue ?? Infinity, nextDue);
        for (let at = 0; at < actions.length; at += batchSize) yield actions.slice(at, at + batchSize);
        if (page.next === null) break;
        afterId = page.next;
      }
    }
  }

  /** Takes a batch in hand and makes its messages, while the one before is being sent. */
  async function prepare(actions: readonly NextAction<StoredMessage>[]): Promise<readonly (PreparedMessage | LookUpAction)[]> {
    for (const { message } of actions) inHand.take(message);
    const sends = actions.filter((action): action is SendAction => action.kind === 'send');
    const lookUps = actions.filter((action): action is LookUpAction => action.kind === 'look_up');
    try {
      return [...(sends.length === 0 ? [] : await prepareMessages(context, sends)), ...lookUps];
    } catch (error) {
      for (const { message } of actions) inHand.release(message, null);
      throw error;
    }
  }

  async function pass(works: readonly MessageWork[], goesOn: () => Promise<boolean>): Promise<Pass> {
    const walk: Walk = { works, nextDue: null };
    const source = batches(walk);
    const pull = async (): Promise<readonly (PreparedMessage | LookUpAction)[] | null> => {
      const next = await source.next();
      return next.done === true ? null : prepare(next.value);
    };
    let done = 0;
    let isOpen = true;
    let ahead = pull();
    try {
      for (let batch = await ahead; batch !== null; batch = await ahead) {
        if (isOpen) {
          ahead = pull();
          ahead.catch(() => undefined); // awaited at the end of this round
        } else ahead = Promise.resolve(null);
        for (const item of batch) {
          const leave = await sending.enter();
          isOpen = isOpen && (await mayGo(item, goesOn));
          if (isOpen) {
            done += 1;
            void (item.kind === 'look_up' ? lookUp(item, leave) : deliver(item, leave));
          } else {
            leave();
            inHand.release(item.kind === 'look_up' ? item.message : item.action.message, null);
          }
        }
      }
    } finally {
      await sending.drain();
      await recording.drain();
    }
    await source.return(undefined);
    if (inHand.size() > HELD_MOST) await forget();
    return { done, nextDue: walk.nextDue };
  }

  async function forget(): Promise<void> {
    const recorded = inHand.lastPosition();
    await deps.waitFor('messages', recorded, 30_000);
    inHand.prune(recorded);
  }

  async function mayGo(item: PreparedMessage | LookUpAction, goesOn: () => Promise<boolean>): Promise<boolean> {
    if (item.kind === 'look_up') return !signal.aborted;
    return pace.next(async () => !signal.aborted && run.state().phase === 'sending' && (await goesOn()));
  }

  return { pass, lastPosition: () => inHand.lastPosition(), included: (position) => inHand.prune(position) };
}
