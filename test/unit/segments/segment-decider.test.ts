import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EngineError } from '../../../contracts/errors.js';
import type { SegmentEvent } from '../../../contracts/events/segment.events.js';
import { segmentDecider, type SegmentCommand, type SegmentState } from '../../../domain/segment/segment.decider.js';
import { specifyDecider } from '../../support/decider.js';

const { given } = specifyDecider(segmentDecider);
const gold = { name: 'Gold', rule: { type: 'attribute', field: 'plan', op: 'eq', value: 'gold' } };
const basic = { name: 'Basic', rule: { type: 'attribute', field: 'plan', op: 'eq', value: 'basic' } };
const defined: SegmentEvent = { type: 'segment.defined', data: { ...gold, revision: 1 } };
const revised: SegmentEvent = { type: 'segment.revised', data: { ...basic, revision: 2 } };
const archived: SegmentEvent = { type: 'segment.archived', data: { revision: 2 } };
const finished: SegmentEvent = { type: 'segment.evaluation_finished', data: { evaluation_id: 'v1', members: 1 } };

describe('a segment', () => {
  it('is defined once', () => {
    given()
      .when({ type: 'define', ...gold })
      .then(defined);
    given(defined)
      .when({ type: 'define', ...gold })
      .thenNothing();
    given(defined)
      .when({ type: 'define', ...basic })
      .thenRefused('segment_exists');
  });

  it('is revised to what it is not already', () => {
    given(defined, finished)
      .when({ type: 'revise', ...basic })
      .then(revised);
    given(defined)
      .when({ type: 'revise', ...gold, name: 'Golden' })
      .then({ type: 'segment.revised', data: { ...gold, name: 'Golden', revision: 2 } });
    const sameInOtherOrder = { value: 'gold', op: 'eq', field: 'plan', type: 'attribute' };
    given(defined).when({ type: 'revise', name: 'Gold', rule: sameInOtherOrder }).thenNothing();
  });

  it('is changed only as it was seen', () => {
    given(defined)
      .when({ type: 'revise', ...basic, ifRevision: 1 })
      .then(revised);
    given(defined, revised)
      .when({ type: 'revise', ...gold, ifRevision: 1 })
      .thenRefused('revision_stale');
    given(defined, revised).when({ type: 'archive', ifRevision: 1 }).thenRefused('revision_stale');
  });

  it('is archived for good', () => {
    given(defined).when({ type: 'archive' }).then(archived);
    given(defined, archived).when({ type: 'archive' }).thenNothing();
    given(defined, archived)
      .when({ type: 'revise', ...basic })
      .thenRefused('segment_archived');
    given(defined, archived)
      .when({ type: 'define', ...gold })
      .thenRefused('segment_exists');
  });

  it('has to be there to be changed', () => {
    given()
      .when({ type: 'revise', ...gold })
      .thenRefused('not_found');
    given().when({ type: 'archive' }).thenRefused('not_found');
  });

  it('is left as it is by any command that is decided again', () => {
    const commands: fc.Arbitrary<SegmentCommand> = fc.oneof(
      fc
        .constantFrom(gold, basic)
        .chain((definition) =>
          fc.constantFrom<SegmentCommand>({ type: 'define', ...definition }, { type: 'revise', ...definition }),
        ),
      fc.constant<SegmentCommand>({ type: 'archive' }),
    );
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 12 }), (list) => {
        list.reduce<SegmentState>((state, command) => {
          const facts = tryDecide(command, state);
          const after = facts.reduce((folded, fact) => segmentDecider.evolve(folded, fact), state);
          if (facts.length > 0) expect(segmentDecider.decide(command, after)).toEqual([]);
          return after;
        }, segmentDecider.initialState);
      }),
    );
  });
});

function tryDecide(command: SegmentCommand, state: SegmentState): readonly SegmentEvent[] {
  try {
    return segmentDecider.decide(command, state);
  } catch (error) {
    if (error instanceof EngineError) return [];
    throw error;
  }
}
