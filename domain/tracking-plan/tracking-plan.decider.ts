import { EngineError, type ErrorPlace } from '../../contracts/errors.js';
import type { PlainData } from '../../contracts/events/event-contracts.js';
import { findContract } from '../../contracts/events/event-contracts.js';
import { standingOf } from '../../contracts/events/event-names.js';
import { nameProblem } from '../../contracts/events/open-fields.js';
import type { TrackingPlan } from '../../contracts/tracking-plans/tracking-plan.js';
import { pointerStep } from '../../contracts/zod-places.js';
import type { Decider } from '../decider.js';
import { looksPersonal } from '../identity/personal-values.js';
import { isDeclared, storedName } from './judge.js';

export type TrackingPlanEvent =
  | { readonly type: 'source.plan_drafted'; readonly data: PlainData<'source.plan_drafted'> }
  | { readonly type: 'source.plan_published'; readonly data: PlainData<'source.plan_published'> }
  | { readonly type: 'source.plan_withdrawn'; readonly data: Readonly<Record<string, never>> };

export type TrackingPlanCommand =
  | { readonly kind: 'draft'; readonly plan: TrackingPlan }
  /** `draft` is the one that was looked at. */
  | { readonly kind: 'publish'; readonly draft: number }
  | { readonly kind: 'withdraw' };

/** The newest draft, and which draft holds. */
export interface TrackingPlanState {
  readonly drafts: number;
  readonly plan?: TrackingPlan;
  readonly published?: number;
}

function evolve(state: TrackingPlanState, event: TrackingPlanEvent): TrackingPlanState {
  switch (event.type) {
    case 'source.plan_drafted':
      // Only plans that were checked are written.
      return { ...state, drafts: event.data.draft, plan: event.data.plan };
    case 'source.plan_published':
      return { ...state, published: event.data.draft };
    case 'source.plan_withdrawn': {
      const { published: _published, ...rest } = state;
      return rest;
    }
  }
}

function decide(command: TrackingPlanCommand, state: TrackingPlanState): readonly TrackingPlanEvent[] {
  switch (command.kind) {
    case 'draft':
      return draft(command.plan, state);
    case 'publish':
      return publish(command.draft, state);
    case 'withdraw':
      if (state.drafts === 0) throw noPlan();
      return state.published === undefined ? [] : [{ type: 'source.plan_withdrawn', data: {} }];
  }
}

function draft(plan: TrackingPlan, state: TrackingPlanState): readonly TrackingPlanEvent[] {
  const [place] = placesIn(plan);
  if (place !== undefined) throw new EngineError('invalid_input', `${place.pointer}: ${place.detail}`, { places: [place] });
  return [{ type: 'source.plan_drafted', data: { plan, draft: state.drafts + 1 } }];
}

function publish(wanted: number, state: TrackingPlanState): readonly TrackingPlanEvent[] {
  if (state.drafts === 0) throw noPlan();
  if (wanted !== state.drafts) {
    throw new EngineError(
      'revision_stale',
      `expected draft ${String(wanted)} to be the newest, found draft ${String(state.drafts)}`,
    );
  }
  return state.published === wanted ? [] : [{ type: 'source.plan_published', data: { draft: wanted } }];
}

function noPlan(): EngineError {
  return new EngineError('not_found', 'expected a tracking plan of this source, found none');
}

/** What cannot hold in a plan. */
function placesIn({ types = {} }: TrackingPlan): readonly ErrorPlace[] {
  return Object.entries(types).flatMap(([type, { properties = {} }]): readonly ErrorPlace[] => {
    const pointer = `/types${pointerStep(type)}`;
    const standing = standingOf(type);
    if (standing === 'reserved' || standing === 'malformed') {
      return [{ pointer, detail: 'expected a type that modules may push, found another name' }];
    }
    const contract = findContract(type);
    return Object.entries(properties).flatMap(([name, property]): readonly ErrorPlace[] => {
      const problem = nameProblem(name, looksPersonal);
      if (problem !== undefined) return [{ pointer: `${pointer}/properties`, detail: problem.detail }];
      const place = `${pointer}/properties${pointerStep(name)}`;
      const ofContract = isDeclared(contract, storedName(contract, name));
      if (ofContract && property.type !== undefined) {
        return [
          { pointer: `${place}/type`, detail: `expected no type here, since the contract of ${type} declares the property` },
        ];
      }
      return [];
    });
  });
}

/** The tracking plan of one source: drafted as often as wanted, then published. */
export const trackingPlanDecider: Decider<TrackingPlanState, TrackingPlanCommand, TrackingPlanEvent> = {
  initialState: { drafts: 0 },
  evolve,
  decide,
};
