import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createScheduler, type Scheduler } from '../../../runtime/scheduler.js';

const DAY_MS = 86_400_000;
let now: number;
let scheduler: Scheduler;
let rung: string[];

beforeEach(() => {
  jest.useFakeTimers();
  now = 0;
  rung = [];
  scheduler = createScheduler(() => now + Date.now());
  now = -Date.now();
});
afterEach(() => {
  scheduler.stop();
  jest.useRealTimers();
});

function ring(name: string): () => void {
  return () => rung.push(name);
}

describe('a scheduler', () => {
  it('calls at the instant, in the order of instants, once', () => {
    scheduler.at(2_000, ring('second'));
    scheduler.at(1_000, ring('first'));
    jest.advanceTimersByTime(999);
    expect(rung).toEqual([]);
    jest.advanceTimersByTime(60_000);
    expect(rung).toEqual(['first', 'second']);
  });

  it('keeps instants that are further away than a timer can be', () => {
    scheduler.at(40 * DAY_MS, ring('late'));
    jest.advanceTimersByTime(40 * DAY_MS - 1);
    expect(rung).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(rung).toEqual(['late']);
  });

  it('notices that the clock was set forward', () => {
    scheduler.at(DAY_MS, ring('due'));
    now += DAY_MS;
    jest.advanceTimersByTime(15_000);
    expect(rung).toEqual(['due']);
  });

  it('does not call before the instant when the clock was set back', () => {
    scheduler.at(10_000, ring('due'));
    now -= 60_000;
    jest.advanceTimersByTime(10_000);
    expect(rung).toEqual([]);
    jest.advanceTimersByTime(60_000);
    expect(rung).toEqual(['due']);
  });

  it('looks at the clock when asked, and forgets what was cancelled', () => {
    scheduler.at(1_000, ring('kept'));
    scheduler.at(1_000, ring('cancelled')).cancel();
    now += 5_000;
    scheduler.check();
    expect(rung).toEqual(['kept']);
    expect(jest.getTimerCount()).toBe(0);
  });
});
