import { describe, expect, it } from '@jest/globals';
import { createPace } from '../../commands/ingest/pace.js';

const turnEnds = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('the pace of ingest', () => {
  it('lets few events begin at once', () => {
    const pace = createPace(10);
    expect([pace.begin(4), pace.begin(6)]).toEqual([undefined, undefined]);
  });

  it('lets what is too much for one turn begin in the next ones, in order, a large request alone', async () => {
    const pace = createPace(10);
    const begun: number[] = [];
    for (const events of [10, 4, 5, 2, 2_500, 1]) void (pace.begin(events) ?? Promise.resolve()).then(() => begun.push(events));
    const seen: number[][] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      await turnEnds();
      seen.push([...begun]);
    }
    const turns = seen.map((all, index) => all.slice(seen[index - 1]?.length ?? 0)).filter((one) => one.length > 0);
    expect(turns.flat()).toEqual([10, 4, 5, 2, 2_500, 1]);
    expect(turns).toContainEqual([2_500]);
    expect(turns.length).toBeGreaterThanOrEqual(3);
  });

  it('begins at once again when nothing waits', async () => {
    const pace = createPace(1);
    void pace.begin(1);
    await pace.begin(1);
    await turnEnds();
    await turnEnds();
    expect(pace.begin(1)).toBeUndefined();
  });
});
