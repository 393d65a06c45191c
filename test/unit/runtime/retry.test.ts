import { describe, expect, it } from '@jest/globals';
import { EngineError } from '../../../contracts/errors.js';
import { retry, retryDelay, type RetryPolicy } from '../../../runtime/retry.js';

const policy: RetryPolicy = { attempts: 4, baseMs: 1, factor: 2, maxMs: 3, jitter: 0 };
const away = new EngineError('store_unavailable', 'away');

/** Fails so often, then answers. */
function failing(times: number, error: Error): { readonly work: () => Promise<string>; readonly calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    work: () => {
      calls += 1;
      return calls > times ? Promise.resolve('done') : Promise.reject(error);
    },
  };
}

describe('retrying', () => {
  it('goes on until the work succeeds', async () => {
    const { work, calls } = failing(3, away);
    expect(await retry(policy, work)).toBe('done');
    expect(calls()).toBe(4);
  });

  it('ends with the last failure when the attempts are used up', async () => {
    const { work, calls } = failing(9, away);
    await expect(retry(policy, work)).rejects.toBe(away);
    expect(calls()).toBe(4);
  });

  it('does not repeat what may not be repeated', async () => {
    const refused = new EngineError('invalid_input', 'refused');
    const { work, calls } = failing(9, refused);
    await expect(retry(policy, work)).rejects.toBe(refused);
    expect(calls()).toBe(1);
  });

  it('waits longer each time, up to the longest wait, less the jitter', () => {
    expect([1, 2, 3, 4].map((attempt) => retryDelay(policy, attempt))).toEqual([1, 2, 3, 3]);
    expect(retryDelay({ ...policy, baseMs: 100, maxMs: 1_000, jitter: 0.5 }, 2, () => 0.5)).toBe(150);
  });

  it('stops waiting when it is aborted', async () => {
    const ending = new AbortController();
    const { work } = failing(9, away);
    const trying = retry({ ...policy, baseMs: 60_000, maxMs: 60_000 }, work, {
      signal: ending.signal,
      onRetry: () => ending.abort(),
    });
    await expect(trying).rejects.toBe(away);
  });
});
