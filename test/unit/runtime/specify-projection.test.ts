import { describe, expect, it } from '@jest/globals';
import { countingProjection } from '../../support/counting.js';
import { decodedEvent } from '../../support/decoded-events.js';
import { specifyProjection } from '../../support/projection.js';

const at = '2026-11-22T10:00:00.000Z';
const stream = 'customer-w1.a';
const add = (amount: number, revision: number) => decodedEvent({ type: 'thing_added', stream, at, revision, data: { amount } });

describe('given/when/then for projections', () => {
  it('passes for a projection that only depends on its events', () => {
    const seen = ['thing_added:0', 'thing_added:1'];
    specifyProjection(countingProjection())
      .given(add(1, 0), add(2, 1))
      .then({ 'w1/a': { count: 2, sum: 3, seen, revision: '1' } });
  });

  it('fails for one that depends on how its events are delivered', () => {
    let calls = 0;
    const counting = countingProjection(
      { on: false },
      { evolve: () => ({ count: (calls += 1), sum: 0, seen: [], revision: '0' }) },
    );
    const specify = () =>
      specifyProjection(counting)
        .given(add(1, 0))
        .then({ 'w1/a': { count: 1, sum: 0, seen: [], revision: '0' } });
    expect(specify).toThrow();
  });

  it('fails for one that changes the document it is given', () => {
    const counting = countingProjection();
    const mutating = countingProjection(
      { on: false },
      {
        evolve(document, event, key) {
          if (document === null) return counting.evolve(document, event, key);
          return Object.assign(document, { sum: 9 });
        },
      },
    );
    expect(() =>
      specifyProjection(mutating)
        .given(add(1, 0), add(2, 1))
        .thenDocument('w1/a', () => undefined),
    ).toThrow(TypeError);
  });
});
