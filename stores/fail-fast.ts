import type { ErrorCode } from '../contracts/error-catalogue.js';
import { EngineError, isEngineError } from '../contracts/errors.js';
import { probeUntilItWorks, type StoreWatch } from './store-watch.js';

const AWAY: ReadonlySet<ErrorCode> = new Set(['store_unavailable', 'store_timeout', 'append_outcome_unknown']);

/** What becomes of the calls of a store while it is away. */
export interface FailFastOptions<Store> {
  readonly watch: StoreWatch;
  /** Resolves only when the store works again. Absent: the store tells its watch by itself. */
  readonly probe?: (store: Store) => Promise<unknown>;
  /** Methods that answer an iterable, which fails when it is read. All others answer promises. */
  readonly iterables?: readonly (keyof Store)[];
  /** Methods that wait for the store by themselves. */
  readonly patient?: readonly (keyof Store)[];
}

/** A store on a server, and what tells of its absence before a call finds out. */
export interface FailFast<Store> {
  readonly store: Store;
  /** To be told what was noticed beside the calls, e.g. a lost connection. */
  readonly away: (reason: string) => void;
  /** Ends the probing. */
  stop(): void;
}

/**
 * Lets a store on a server fail at once (`store_unavailable`) from the first call that did not reach it until a probe does: who waits for
 * an answer is then not held up by the time limit of each call. The watch tells since when.
 */
export function failFast<Store extends object>(store: Store, options: FailFastOptions<Store>): FailFast<Store> {
  const { watch, probe } = options;
  const probing = probe && probeUntilItWorks(watch, () => probe(store));
  const iterables = new Set<PropertyKey>(options.iterables);
  const patient = new Set<PropertyKey>([...(options.patient ?? []), 'close']);

  function note(error: unknown): never {
    if (isAway(error)) probing?.failed(error.message);
    throw error;
  }

  async function* read(iterate: () => AsyncIterable<unknown>): AsyncGenerator {
    const refused = awayError(watch);
    if (refused !== null) throw refused;
    try {
      yield* iterate();
    } catch (error) {
      note(error);
    }
  }

  const guarded = new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || patient.has(name)) return value;
      const call = (args: readonly unknown[]): unknown => Reflect.apply(value, target, args);
      // The types of the port say what each of its methods answers.
      if (iterables.has(name)) return (...args: unknown[]) => read(() => call(args) as AsyncIterable<unknown>);
      return async (...args: unknown[]) => {
        const refused = awayError(watch);
        if (refused !== null) throw refused;
        try {
          return await call(args);
        } catch (error) {
          return note(error);
        }
      };
    },
  });
  return {
    store: guarded,
    away: (reason) => {
      probing?.failed(reason);
    },
    stop: () => {
      probing?.stop();
    },
  };
}

/** What whoever needs the store is refused with while it is away; null when it is there. */
export function awayError({ store, failure }: StoreWatch): EngineError | null {
  if (failure === null) return null;
  const message = `Expected the store "${store}" to answer, found it away since ${failure.since}`;
  return new EngineError('store_unavailable', message, { details: { store } });
}

/** True for what a store on a server says when it is not reached, or does not answer. */
export function isAway(error: unknown): error is EngineError {
  return isEngineError(error) && AWAY.has(error.code);
}
