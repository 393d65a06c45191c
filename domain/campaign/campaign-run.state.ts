import { createHash } from 'node:crypto';
import type { PlainData } from '../../contracts/events/event-contracts.js';

type Run<Name extends string> = `campaign_run.${Name}`;
type RunEventName =
  | 'started'
  | 'audience_chunk'
  | 'audience_sealed'
  | 'recipients_cancelled'
  | 'paused'
  | 'resumed'
  | 'cancelled'
  | 'reopened'
  | 'completed'
  | 'missed';

/** What happens to a run. */
export type RunEvent = {
  [Name in RunEventName]: { readonly type: Run<Name>; readonly data: PlainData<Run<Name>> };
}[RunEventName];

/** `gathering`: the audience is being snapshotted. `cancelled`: who was not sent to is being accounted for. */
export type RunPhase = 'absent' | 'gathering' | 'sending' | 'paused' | 'cancelled' | 'completed' | 'missed';

/** One `retry-failed`: its number is its place in the list, from 1. */
export type Reopening = PlainData<'campaign_run.reopened'>;

/** A run as its stream tells it. */
export interface RunState {
  readonly phase: RunPhase;
  readonly about?: PlainData<'campaign_run.started'>;
  readonly chunks: number;
  /** Customers in the chunks so far. */
  readonly count: number;
  /** The last customer of the last chunk. */
  readonly through?: string;
  /** Chained over the chunks. */
  readonly hash: string;
  readonly isSealed: boolean;
  readonly cancelledChunks: number;
  readonly reopenings: readonly Reopening[];
}

/** A run that does not exist yet. */
export const initialRun: RunState = {
  phase: 'absent',
  chunks: 0,
  count: 0,
  hash: createHash('sha256').digest('hex'),
  isSealed: false,
  cancelledChunks: 0,
  reopenings: [],
};

/** The run after one more of its events. */
export function evolveRun(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'campaign_run.started':
      return { ...state, phase: 'gathering', about: event.data };
    case 'campaign_run.audience_chunk':
      return withChunk(state, event.data);
    case 'campaign_run.audience_sealed':
      return { ...state, isSealed: true, phase: state.phase === 'gathering' ? 'sending' : state.phase };
    case 'campaign_run.recipients_cancelled':
      return { ...state, cancelledChunks: event.data.chunk };
    case 'campaign_run.paused':
      return { ...state, phase: 'paused' };
    case 'campaign_run.resumed':
      return { ...state, phase: goingOn(state) };
    case 'campaign_run.cancelled':
      return { ...state, phase: 'cancelled' };
    case 'campaign_run.reopened':
      return { ...state, phase: 'sending', reopenings: [...state.reopenings, event.data] };
    case 'campaign_run.completed':
      return { ...state, phase: 'completed' };
    case 'campaign_run.missed':
      return { ...state, phase: 'missed' };
  }
}

function goingOn(state: RunState): RunPhase {
  return state.isSealed ? 'sending' : 'gathering';
}

function withChunk(state: RunState, chunk: PlainData<'campaign_run.audience_chunk'>): RunState {
  const customers = [...chunk.recipients, ...chunk.suppressed].map(({ customer }) => customer);
  const last = customers.reduce((latest, id) => (id > latest ? id : latest), state.through ?? '');
  return {
    ...state,
    chunks: chunk.chunk,
    count: state.count + customers.length,
    ...(last === '' ? {} : { through: last }),
    hash: createHash('sha256').update(state.hash).update(textOf(chunk)).digest('hex'),
  };
}

function textOf({ recipients, suppressed }: PlainData<'campaign_run.audience_chunk'>): string {
  const sent = recipients.map(({ customer, address_hash }) => `${customer}\0${address_hash}\n`);
  return [...sent, '\n', ...suppressed.map(({ customer, reason }) => `${customer}\0${reason}\n`)].join('');
}
