import { describe, expect, it } from '@jest/globals';
import type { TrackingPlan } from '../../../../contracts/tracking-plans/tracking-plan.js';
import {
  trackingPlanDecider,
  type TrackingPlanCommand,
  type TrackingPlanEvent,
  type TrackingPlanState,
} from '../../../../domain/tracking-plan/tracking-plan.decider.js';

const { initialState } = trackingPlanDecider;
const decide = (command: TrackingPlanCommand, state: TrackingPlanState) => trackingPlanDecider.decide(command, state);
const after = (...events: readonly TrackingPlanEvent[]) =>
  events.reduce((state, event) => trackingPlanDecider.evolve(state, event), initialState);
const drafted = (draft: number, plan: TrackingPlan = {}): TrackingPlanEvent => ({
  type: 'source.plan_drafted',
  data: { plan, draft },
});
const published = (draft: number): TrackingPlanEvent => ({ type: 'source.plan_published', data: { draft } });
const withdrawn: TrackingPlanEvent = { type: 'source.plan_withdrawn', data: {} };
const refusal = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

describe('deciding about a tracking plan', () => {
  it('counts drafts, and publishes the newest only', () => {
    const plan: TrackingPlan = { unknown_types: 'warn' };
    expect(decide({ kind: 'draft', plan }, initialState)).toEqual([drafted(1, plan)]);
    expect(decide({ kind: 'draft', plan }, after(drafted(1), published(1)))).toEqual([drafted(2, plan)]);
    expect(decide({ kind: 'publish', draft: 2 }, after(drafted(1), drafted(2)))).toEqual([published(2)]);
    expect(refusal(() => decide({ kind: 'publish', draft: 1 }, after(drafted(1), drafted(2))))).toMatchObject({
      code: 'revision_stale',
    });
  });

  it('has nothing to say to a repeat', () => {
    expect(decide({ kind: 'publish', draft: 1 }, after(drafted(1), published(1)))).toEqual([]);
    expect(decide({ kind: 'withdraw' }, after(drafted(1), published(1), withdrawn))).toEqual([]);
    expect(decide({ kind: 'publish', draft: 1 }, after(drafted(1), published(1), withdrawn))).toEqual([published(1)]);
  });

  it('needs a draft', () => {
    expect(refusal(() => decide({ kind: 'publish', draft: 1 }, initialState))).toMatchObject({ code: 'not_found' });
    expect(refusal(() => decide({ kind: 'withdraw' }, initialState))).toMatchObject({ code: 'not_found' });
  });

  it.each([
    ['a type of the engine', { types: { 'customer.erased': {} } }, '/types/customer.erased'],
    ['a name that cannot be a type', { types: { 'a..b': {} } }, '/types/a..b'],
    [
      'a personal name of a property',
      { types: { cart_seen: { properties: { 'ada@mail.example': {} } } } },
      '/types/cart_seen/properties',
    ],
    [
      'a type for a property of a contract',
      { types: { order_created: { properties: { amount: { type: 'number' } } } } },
      '/types/order_created/properties/amount/type',
    ],
  ] as const)('refuses %s, and says where', (_what, plan, pointer) => {
    expect(refusal(() => decide({ kind: 'draft', plan: plan }, initialState))).toMatchObject({
      code: 'invalid_input',
      places: [{ pointer }],
    });
  });
});
