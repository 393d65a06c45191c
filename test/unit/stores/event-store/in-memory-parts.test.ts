import { describe, expect, it } from '@jest/globals';
import { batchedIterable } from '../../../../stores/event-store/batched-iterable.js';
import { LiveEvents } from '../../../../stores/event-store/embedded/live-events.js';
import { createRecentMap } from '../../../../stores/event-store/embedded/recent-map.js';
import { collect, newEvent } from '../../../support/new-events.js';

describe('a batched iterable', () => {
  function batches(...given: readonly (readonly number[])[]) {
    const left = [...given];
    let closed = 0;
    const items = batchedIterable(() => ({
      next: () => Promise.resolve(left.shift() ?? null),
      close: () => {
        closed += 1;
      },
    }));
    return { items, closed: () => closed };
  }

  it('gives the items of all batches, empty ones left out, and closes its source once', async () => {
    const { items, closed } = batches([1, 2], [], [3]);
    expect(await collect(items)).toEqual([1, 2, 3]);
    expect(closed()).toBe(1);
  });

  it('closes its source when it is left', async () => {
    const { items, closed } = batches([1, 2], [3]);
    expect(await collect(items, 1)).toEqual([1]);
    expect(closed()).toBe(1);
  });

  it('answers in order when it is asked several times at once', async () => {
    const iterator = batches([1], [2, 3], [4]).items[Symbol.asyncIterator]();
    const answers = await Promise.all(Array.from({ length: 6 }, () => iterator.next()));
    expect(answers.map((answer) => (answer.done === true ? 'end' : answer.value))).toEqual([1, 2, 3, 4, 'end', 'end']);
  });
});

describe('live events', () => {
  function publish(live: LiveEvents, head: number, bytes = 1): void {
    live.add({ ...newEvent(), stream: 'customer-w1.a', revision: BigInt(head), position: BigInt(head) }, bytes);
    live.publish(head);
  }

  it('are kept only while someone subscribes, and only so many', () => {
    const live = new LiveEvents(-1);
    publish(live, 0);
    expect(live.groupBehind(-1)).toBeUndefined();
    const leave = live.join();
    for (let position = 1; position <= 5000; position += 1) publish(live, position);
    expect(live.groupBehind(0)).toBeUndefined();
    expect(live.groupBehind(4999)).toMatchObject({ from: 5000, to: 5000 });
    for (let position = 5001; position <= 5010; position += 1) publish(live, position, 3e6);
    expect(live.groupBehind(5005)).toBeUndefined();
    expect(live.groupBehind(5009)).toMatchObject({ to: 5010 });
    leave();
    expect(live.groupBehind(5009)).toBeUndefined();
  });
});

describe('a map of recent entries', () => {
  it('keeps what is used and forgets the rest', () => {
    const map = createRecentMap<number, number>(10);
    for (let key = 0; key < 100; key += 1) {
      map.set(key, key);
      map.get(0);
    }
    expect(map.get(0)).toBe(0);
    expect(map.get(99)).toBe(99);
    expect(map.get(50)).toBeUndefined();
  });
});
