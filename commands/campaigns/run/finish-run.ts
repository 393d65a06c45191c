import type { Position } from '../../../contracts/events/event.js';
import { CHUNK_LIMIT } from '../../../contracts/events/contract-fields.js';
import { funnelOf } from '../../../domain/campaign/funnel.js';
import type { Dispatcher } from './dispatcher.js';
import type { RunContext } from './run-context.js';

const MODEL_MS = 30_000;

/** The newest position that the documents must include, for the to-do list to be the whole truth. */
export function targetOf({ run }: RunContext, dispatcher: Dispatcher): Position {
  const [ofRun, recorded] = [run.position(), dispatcher.lastPosition()];
  return ofRun > recorded ? ofRun : recorded;
}

/** Waits until the documents include everything recorded here and in the run; answers that position. */
export async function includeAll(context: RunContext, dispatcher: Dispatcher): Promise<Position> {
  const target = targetOf(context, dispatcher);
  await context.deps.waitFor('messages', target, MODEL_MS);
  dispatcher.included(target);
  return target;
}

/** Completes the run when everyone of its audience is accounted for; the documents must include all that was recorded. */
export async function completeRun({ deps, run, workspace, runId }: RunContext): Promise<boolean> {
  const { isSealed, count } = run.state();
  if (!isSealed) return false;
  const { audience, outcomes } = funnelOf(await deps.messages.summaries(workspace, runId));
  const { pending, ...counts } = outcomes;
  if (pending > 0) return false;
  if (audience !== count) {
    deps.logger.warn('campaign_run_does_not_add_up', { run: runId, workspace, audience: count, found: audience });
    return false;
  }
  await run.execute({ kind: 'complete', counts });
  return true;
}

/** Accounts for those who were not sent to when the run was cancelled; an audience that was still being gathered ends where it is. */
export async function cancelRecipients({ deps, run, workspace, runId }: RunContext): Promise<void> {
  await run.execute({ kind: 'seal' });
  for (;;) {
    await deps.waitFor('messages', run.position(), MODEL_MS);
    const { messages } = await deps.messages.work(workspace, runId, { work: 'send', limit: CHUNK_LIMIT });
    if (messages.length === 0) return;
    const customers = messages.map(({ customer_id }) => customer_id);
    await run.execute({ kind: 'cancel_recipients', chunk: { chunk: run.state().cancelledChunks + 1, customers } });
  }
}
