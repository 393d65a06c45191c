import { describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { createAppendGate } from '../../../stores/event-store/eventstoredb/append-gate.js';

/** So many appends of the size, of which none is answered yet, and which of them have begun. */
function appendsOf(count: number, bytes: number) {
  const gate = createAppendGate();
  const begun: number[] = [];
  const answers: (() => void)[] = [];
  const all = Array.from({ length: count }, (_, index) =>
    gate(bytes, () => {
      begun.push(index);
      return new Promise<number>((answer) => answers.push(() => answer(index)));
    }),
  );
  return { begun, answers, all };
}

const turns = async (count: number): Promise<void> => {
  for (let left = count; left > 0; left -= 1) await turn();
};

describe('the gate of appends', () => {
  it('lets 16 out whatever their size, and more only while all of them are small together', async () => {
    const large = appendsOf(60, 100_000);
    const usual = appendsOf(60, 744);
    const small = appendsOf(60, 1);
    await turns(10);
    expect([large, usual, small].map(({ begun }) => begun.length)).toEqual([16, 32, 48]);
  });

  it('hands those beyond the first 16 to the connection a few at a time', async () => {
    const { begun } = appendsOf(60, 1);
    expect(begun.length).toBe(16);
    await turns(1);
    expect(begun.length).toBe(24);
  });

  it('keeps the order in which they came, also when some are answered', async () => {
    const { begun, answers, all } = appendsOf(100, 100_000);
    for (let next = 0; next < 100; next += 1) {
      answers[next]?.();
      await turn();
    }
    expect(await Promise.all(all)).toEqual(begun);
    expect(begun).toEqual([...begun].sort((one, other) => one - other));
  });

  it('makes room when an append fails', async () => {
    const gate = createAppendGate();
    const failing = Array.from({ length: 40 }, () => gate(100_000, () => Promise.reject(new Error('refused'))));
    const settled = await Promise.allSettled(failing);
    expect(settled.every(({ status }) => status === 'rejected')).toBe(true);
  });
});
