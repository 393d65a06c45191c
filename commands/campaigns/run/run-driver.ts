import type { Position } from '../../../contracts/events/event.js';
import type { MessageWork } from '../../../contracts/read-models/message.js';
import type { RunEvent } from '../../../domain/campaign/campaign-run.state.js';
import { LOOK_UP_MS } from '../../../domain/campaign/next-actions.js';
import { pause, retryDelay, type RetryPolicy } from '../../../runtime/retry.js';
import { createWake } from '../../../runtime/wake.js';
import { isEngineError } from '../../../contracts/errors.js';
import { createDispatcher, type Dispatcher } from './dispatcher.js';
import { cancelRecipients, completeRun, includeAll, targetOf } from './finish-run.js';
import { gatherAudience } from './gather-audience.js';
import { openRunContext, type RunContext, type RunDeps } from './run-context.js';
import { openRunStream } from './run-stream.js';

/** Drives one run: gathers, sends, completes; looks up what is uncertain for a while after that. */
export interface RunDriver {
  /** Something was appended to the run, or the workspace's settings changed: it is read before the next message is reserved. */
  notify(): void;
  /** Resolves when the driver has nothing to do any more, or was aborted; never rejects. */
  readonly over: Promise<void>;
}

/** `again` at once, at an instant (ms) or after the next notice (Infinity), or never. */
type Next = 'again' | 'over' | number;

const FAILING: RetryPolicy = { attempts: Infinity, baseMs: 100, factor: 2, maxMs: 15_000, jitter: 0.2 };

/** Starts driving; ends when `signal` is aborted and everything begun is recorded. */
export function driveRun(
  deps: RunDeps,
  { workspace, runId, signal }: { readonly workspace: string; readonly runId: string; readonly signal: AbortSignal },
): RunDriver {
  const wake = createWake();
  const addresses: string[] = [];
  const run = openRunStream(deps, { workspace, runId, onEvent: noteAddresses });
  let mustLook = true;
  let parts: { readonly context: RunContext; readonly dispatcher: Dispatcher } | null = null;
  let failures = 0;
  /** The documents are known to include it. */
  let included: Position = -1n;

  function noteAddresses(event: RunEvent): void {
    if (event.type === 'campaign_run.audience_chunk')
      addresses.push(...event.data.recipients.map((recipient) => recipient.address_hash));
    if (event.type === 'campaign_run.audience_sealed') addresses.length = 0;
  }

  async function look(): Promise<void> {
    if (!mustLook) return;
    mustLook = false;
    await Promise.all([run.refresh(), parts?.context.refreshSettings()]);
  }

  async function goesOn(): Promise<boolean> {
    await look();
    return !signal.aborted && (run.state().phase === 'sending' || run.state().phase === 'gathering');
  }

  async function open(): Promise<{ readonly context: RunContext; readonly dispatcher: Dispatcher }> {
    if (parts !== null) return parts;
    // What an earlier process reserved must show before anything is reserved here.
    await deps.waitFor('messages', await deps.eventStore.head(), 30_000);
    const context = await openRunContext(deps, run, signal);
    parts = { context, dispatcher: createDispatcher(context) };
    return parts;
  }

  async function step(): Promise<Next> {
    await look();
    const { phase } = run.state();
    if (phase === 'absent' || phase === 'missed') return 'over';
    const { context, dispatcher } = await open();
    switch (phase) {
      case 'gathering':
        await gatherAudience(context, addresses, goesOn);
        return 'again';
      case 'sending':
        return send(context, dispatcher);
      case 'paused':
        return dueOf(await dispatcher.pass(['look_up', 'uncertain'], goesOn));
      case 'cancelled':
        return cancel(context, dispatcher);
      case 'completed':
        return lookUpOnly(dispatcher);
    }
  }

  async function send(context: RunContext, dispatcher: Dispatcher): Promise<Next> {
    const isAllShown = included >= targetOf(context, dispatcher);
    const reopened: readonly MessageWork[] = run.state().reopenings.length > 0 ? ['failed'] : [];
    const { done, nextDue } = await dispatcher.pass(['send', 'look_up', 'uncertain', ...reopened], goesOn);
    if (done > 0 || !(await goesOn())) return 'again';
    if (!isAllShown) {
      included = await includeAll(context, dispatcher);
      return 'again';
    }
    // Nothing was left to do: everyone is accounted for, or some wait.
    if (await completeRun(context)) return 'again';
    return nextDue ?? deps.clock() + 1_000;
  }

  async function cancel(context: RunContext, dispatcher: Dispatcher): Promise<Next> {
    const { done, nextDue } = await dispatcher.pass(['look_up', 'uncertain'], goesOn);
    included = await includeAll(context, dispatcher);
    await cancelRecipients(context);
    if (await completeRun(context)) return 'again';
    return done > 0 ? 'again' : (nextDue ?? deps.clock() + 1_000);
  }

  async function lookUpOnly(dispatcher: Dispatcher): Promise<Next> {
    const pass = await dispatcher.pass(['look_up', 'uncertain'], goesOn);
    return pass.done === 0 && pass.nextDue === null ? 'over' : dueOf(pass);
  }

  function dueOf({ done, nextDue }: { readonly done: number; readonly nextDue: number | null }): Next {
    return done > 0 ? deps.clock() + 1_000 : (nextDue ?? Infinity);
  }

  async function sleepUntil(instant: number): Promise<void> {
    if (mustLook || signal.aborted) return;
    const alarm = instant === Infinity ? null : deps.scheduler.at(instant, () => wake.wake());
    await wake.sleep(Infinity);
    alarm?.cancel();
  }

  async function drive(): Promise<void> {
    while (!signal.aborted) {
      try {
        const next = await step();
        failures = 0;
        if (next === 'over') return;
        if (next !== 'again') await sleepUntil(next);
      } catch (error) {
        failures += 1;
        const code = isEngineError(error) ? error.code : 'internal';
        deps.logger.warn('campaign_run_failing', { run: runId, workspace, code, failures });
        mustLook = true;
        await pause(retryDelay(FAILING, failures, deps.random), signal);
      }
    }
  }

  signal.addEventListener('abort', () => wake.wake(), { once: true });
  return {
    notify() {
      mustLook = true;
      wake.wake();
    },
    over: drive(),
  };
}

/** For how long after its completion a run is still driven, ms. */
export const AFTERCARE_MS = LOOK_UP_MS + 60_000;
