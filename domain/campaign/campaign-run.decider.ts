import { EngineError } from '../../contracts/errors.js';
import type { PlainData } from '../../contracts/events/event-contracts.js';
import type { Decider } from '../decider.js';
import { evolveRun, initialRun, type Reopening, type RunEvent, type RunState } from './campaign-run.state.js';

type Counts = PlainData<'campaign_run.completed'>;

export type RunCommand =
  | { readonly kind: 'start'; readonly about: PlainData<'campaign_run.started'> }
  | { readonly kind: 'miss'; readonly missed: PlainData<'campaign_run.missed'> }
  | { readonly kind: 'add_chunk'; readonly chunk: PlainData<'campaign_run.audience_chunk'> }
  | { readonly kind: 'seal' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'cancel_recipients'; readonly chunk: PlainData<'campaign_run.recipients_cancelled'> }
  | { readonly kind: 'reopen'; readonly reopening: Reopening }
  | { readonly kind: 'complete'; readonly counts: Counts };

function decide(command: RunCommand, state: RunState): readonly RunEvent[] {
  if (command.kind === 'start') return state.phase === 'absent' ? [{ type: 'campaign_run.started', data: command.about }] : [];
  if (command.kind === 'miss') return state.phase === 'absent' ? [{ type: 'campaign_run.missed', data: command.missed }] : [];
  if (state.phase === 'absent') throw new EngineError('not_found', 'Expected the id of a run, found none with this id.');
  switch (command.kind) {
    case 'add_chunk':
      if (state.isSealed || command.chunk.chunk <= state.chunks) return [];
      return [{ type: 'campaign_run.audience_chunk', data: command.chunk }];
    case 'seal':
      return state.isSealed ? [] : [{ type: 'campaign_run.audience_sealed', data: { count: state.count, hash: state.hash } }];
    case 'pause':
      if (state.phase === 'paused') return [];
      return [{ type: 'campaign_run.paused', data: open(state, {}) }];
    case 'resume':
      return state.phase === 'paused' ? [{ type: 'campaign_run.resumed', data: {} }] : open<readonly RunEvent[]>(state, []);
    case 'cancel':
      if (state.phase === 'cancelled') return [];
      return [{ type: 'campaign_run.cancelled', data: open(state, {}) }];
    case 'cancel_recipients':
      if (command.chunk.chunk <= state.cancelledChunks) return [];
      return [{ type: 'campaign_run.recipients_cancelled', data: command.chunk }];
    case 'reopen':
      return reopen(command.reopening, state);
    case 'complete':
      return complete(command.counts, state);
  }
}

/** Passes the value on while the run has not ended. */
function open<Value>(state: RunState, value: Value): Value {
  if (state.phase !== 'completed' && state.phase !== 'missed' && state.phase !== 'cancelled') return value;
  throw new EngineError('run_not_open', `Expected a run that goes on, found one that is ${state.phase}.`);
}

/** Failures of a run on its way can be tried again at once; messages of unknown outcome only when nothing is in flight any more. */
function reopen(reopening: Reopening, state: RunState): readonly RunEvent[] {
  if (!state.isSealed || state.phase === 'missed')
    throw new EngineError('run_not_open', 'Expected a run whose audience is complete.');
  if (state.phase === 'paused' || state.phase === 'cancelled' || (state.phase === 'sending' && reopening.include_uncertain)) {
    throw new EngineError('run_not_open', `Expected a run that is completed, found one that is ${state.phase}.`);
  }
  return [{ type: 'campaign_run.reopened', data: reopening }];
}

function complete(counts: Counts, state: RunState): readonly RunEvent[] {
  if (state.phase === 'completed') return [];
  const sum = counts.sent + counts.failed + counts.uncertain + counts.cancelled + counts.suppressed;
  if (!state.isSealed || state.phase === 'missed')
    throw new EngineError('run_not_sealed', 'Expected a run whose audience is complete.');
  if (sum !== state.count) {
    throw new EngineError('internal', `Expected outcomes of ${state.count} customers, found outcomes of ${sum}.`);
  }
  return [{ type: 'campaign_run.completed', data: counts }];
}

/** The one run of a campaign. Errors: `not_found`, `run_not_open`, `run_not_sealed`. */
export const campaignRunDecider: Decider<RunState, RunCommand, RunEvent> = {
  initialState: initialRun,
  evolve: evolveRun,
  decide,
};
