import { describe, expect, it, jest } from '@jest/globals';
import { EngineError } from '../../../contracts/errors.js';
import { failFast } from '../../../stores/fail-fast.js';
import { createStoreWatch } from '../../../stores/store-watch.js';

interface Numbers {
  one(): Promise<number>;
  all(): AsyncIterable<number>;
  follow(): string;
  close(): Promise<void>;
}

/** A store that answers until it is cut off. */
function numbers() {
  const asked = jest.fn();
  const state: { error: Error | null } = { error: null };
  const answer = (): number => {
    asked();
    if (state.error !== null) throw state.error;
    return 1;
  };
  const store: Numbers = {
    one: () => Promise.resolve().then(answer),
    all: async function* () {
      yield await Promise.resolve(1);
      yield answer();
    },
    follow: () => 'followed',
    close: () => Promise.resolve(),
  };
  return { store, state, asked };
}

function guarded() {
  const { store, state, asked } = numbers();
  const watch = createStoreWatch('numbers', () => 0);
  const guard = failFast(store, { watch, probe: (probed) => probed.one(), iterables: ['all'], patient: ['follow'] });
  return { ...guard, watch, state, asked };
}

const away = new EngineError('store_unavailable', 'Expected numbers, found nobody');
const read = async (items: AsyncIterable<number>): Promise<number> => {
  let sum = 0;
  for await (const item of items) sum += item;
  return sum;
};

describe('a store on a server that fails fast', () => {
  it('answers as the store does while that works', async () => {
    const { store, watch } = guarded();
    expect(await store.one()).toBe(1);
    expect(await read(store.all())).toBe(2);
    expect(watch.failure).toBeNull();
  });

  it('asks a store that was away nothing more until a probe reaches it', async () => {
    const { store, watch, state, asked } = guarded();
    state.error = away;
    await expect(store.one()).rejects.toBe(away);
    expect(watch.failure).toEqual({ since: '1970-01-01T00:00:00.000Z', reason: away.message });
    await expect(store.one()).rejects.toMatchObject({ code: 'store_unavailable', details: { store: 'numbers' } });
    await expect(read(store.all())).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(asked).toHaveBeenCalledTimes(1);
    expect(store.follow()).toBe('followed');
    state.error = null;
    await new Promise<void>((resolve) => watch.listen((failure) => failure === null && resolve()));
    expect(await store.one()).toBe(1);
  });

  it('is away when a reading breaks off, and when it is told so', async () => {
    const broken = guarded();
    broken.state.error = away;
    await expect(read(broken.store.all())).rejects.toBe(away);
    expect(broken.watch.failure).not.toBeNull();
    broken.stop();
    const told = guarded();
    told.away('the connection is lost');
    expect(told.watch.failure?.reason).toBe('the connection is lost');
    told.stop();
  });

  it('takes what a store refuses for no absence', async () => {
    const { store, watch, state } = guarded();
    state.error = new EngineError('wrong_expected_revision', 'Expected revision 1, found 2');
    await expect(store.one()).rejects.toBe(state.error);
    expect(watch.failure).toBeNull();
  });
});
