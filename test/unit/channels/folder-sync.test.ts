import { describe, expect, it } from '@jest/globals';
import { createSharedSync } from '../../../channels/outbox/folder-sync.js';

describe('sharing folder syncs', () => {
  it('answers only with a sync that began after the call, and shares it', async () => {
    const releases: (() => void)[] = [];
    const share = createSharedSync(() => new Promise((resolve) => releases.push(resolve)));
    const done: string[] = [];
    const first = share('f').then(() => done.push('first'));
    const later = [share('f').then(() => done.push('second')), share('f').then(() => done.push('third'))];
    releases[0]?.();
    await first;
    expect(done).toEqual(['first']);
    expect(releases).toHaveLength(2);
    releases[1]?.();
    await Promise.all(later);
    expect(done).toEqual(['first', 'second', 'third']);
  });
});
