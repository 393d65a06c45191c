import { describe, expect, it } from '@jest/globals';
import { createLifecycle, type Component } from '../../../runtime/lifecycle.js';
import { silentLogger } from '../../../runtime/logger.js';

function component(name: string, log: string[], different: Partial<Component> = {}): Component {
  const note = (what: string): Promise<void> => {
    log.push(`${what} ${name}`);
    return Promise.resolve();
  };
  return { name, start: () => note('start'), stop: () => note('stop'), ...different };
}

describe('a lifecycle', () => {
  it('starts in order and stops in reverse', async () => {
    const log: string[] = [];
    const life = createLifecycle([component('a', log), component('b', log)], silentLogger);
    await life.start();
    expect(await life.stop()).toEqual([]);
    expect(log).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('stops what it has started when one cannot start', async () => {
    const log: string[] = [];
    const broken = component('b', log, { start: () => Promise.reject(new Error('cannot')) });
    await expect(createLifecycle([component('a', log), broken, component('c', log)], silentLogger).start()).rejects.toThrow(
      'cannot',
    );
    expect(log).toEqual(['start a', 'stop a']);
  });

  it('goes on stopping past one that fails and one that never ends, and names both', async () => {
    const log: string[] = [];
    const failing = component('b', log, { stop: () => Promise.reject(new Error('cannot')) });
    const hanging = component('c', log, { stop: () => new Promise(() => undefined), stopWithinMs: 5 });
    const life = createLifecycle([component('a', log), failing, hanging], silentLogger);
    await life.start();
    expect(await life.stop()).toEqual(['c', 'b']);
    expect(log.at(-1)).toBe('stop a');
  });
});
