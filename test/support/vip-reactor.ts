import type { NewEvent } from '../../contracts/events/event.js';
import type { JsonObject } from '../../contracts/json.js';
import { engineId } from '../../domain/ids.js';
import type { Reactor, ReactorTools, Stimulus } from '../../runtime/reactor.js';
import type { Counted } from './counting.js';
import { newEvent } from './new-events.js';

/** A customer is a VIP from the moment its sum is a multiple of the rule's divisor until it is not, or until an hour has passed. */
export type VipState = { readonly at: string; readonly isVip: boolean; readonly until?: string };
export type VipRule = { readonly divisor: number };

const HOUR_MS = 3_600_000;
export const notVip: VipState = { at: '', isVip: false };

/** The reactor of the tests: enters, exits, a due instant, a rule that is an event, and an evaluation of everyone after a switch. */
export const vipReactor: Reactor<Counted, VipState, VipRule> = {
  shared: {
    handles: ['rule_changed'],
    initial: { divisor: 3 },
    evolve(rule, event) {
      const divisor = event.data['divisor'];
      return typeof divisor === 'number' ? { divisor } : rule;
    },
  },
  stateIndexes: [{ name: 'until', paths: [['until']] }],
  emits: ['vip_entered', 'vip_exited'],
  stream: (key) => `customer-${key.replace('/', '.')}`,
  revision: (document) => BigInt(document?.revision ?? '-1'),
  initialState: () => notVip,
  isOwn: (event) => event.metadata.source === 'cebe',
  foldOwn: (state, event) => moved(state, event.type === 'vip_entered', event.metadata.occurred_at),
  react({ after, state, shared, event, at, key }: Stimulus<Counted, VipState, VipRule>) {
    const isVip = (after?.sum ?? 0) % shared.divisor === 0;
    if (isVip === state.isVip) return { state, emissions: [] };
    return { state: moved(state, isVip, at), emissions: [vipEvent(key, isVip, { cause: event.id, at })] };
  },
  dueAt: (state) => (state.until === undefined ? undefined : Date.parse(state.until)),
  async work(tools: ReactorTools<Counted, VipState, VipRule>) {
    const now = new Date(tools.now).toISOString();
    const filter = { kind: 'exists', path: ['until'] } as const;
    const { entries } = await tools.findStates({ filter, sort: { path: ['until'], direction: 'asc' }, limit: 10 });
    const due = entries.filter(({ body }) => (body.until ?? now) <= now);
    const subjects = await tools.load(due.map(({ key }) => key));
    for (const subject of subjects.values()) {
      const at = subject.state.until ?? now;
      const after = BigInt(subject.document?.revision ?? '-1');
      const stream = vipReactor.stream(subject.key);
      await tools.append(stream, after, [vipEvent(subject.key, false, { cause: `due ${at}`, at })]);
      await tools.save([{ subject, state: moved(subject.state, false, at) }]);
    }
    if (due.length === 10) return 'now';
    const next = entries.find(({ body }) => (body.until ?? now) > now)?.body.until;
    return next === undefined ? 'idle' : Date.parse(next);
  },
};

function moved(state: VipState, isVip: boolean, at: string): VipState {
  const later = at > state.at ? at : state.at;
  return isVip ? { at: later, isVip, until: new Date(Date.parse(at) + HOUR_MS).toISOString() } : { at: later, isVip };
}

function vipEvent(key: string, isVip: boolean, { cause, at }: { readonly cause: string; readonly at: string }): NewEvent {
  const made = newEvent();
  return {
    ...made,
    id: engineId('vip', key, cause),
    type: isVip ? 'vip_entered' : 'vip_exited',
    data: { plain: {}, hashes: {}, sealed: [] },
    metadata: { ...made.metadata, source: 'cebe', causation_id: cause, occurred_at: at, received_at: at },
  };
}

/** What a customer's stream must say when nothing ever crashed: enters and exits by the sums, each at its cause. */
export function expectedMoves(events: readonly { readonly type: string; readonly data: JsonObject }[]): readonly string[] {
  const moves: string[] = [];
  let [sum, isVip] = [0, false];
  for (const event of events) {
    if (event.type !== 'thing_added') continue;
    sum += Number(event.data['amount']);
    if ((sum % 3 === 0) === isVip) continue;
    isVip = !isVip;
    moves.push(isVip ? 'vip_entered' : 'vip_exited');
  }
  return moves;
}
