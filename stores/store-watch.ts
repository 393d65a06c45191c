/** Since when a store fails (ISO-8601), and what it said. */
export interface StoreFailure {
  readonly since: string;
  readonly reason: string;
}

/** Whether a store works; the store says it, readiness and the log of the engine show it. */
export interface StoreWatch {
  readonly store: string;
  readonly failure: StoreFailure | null;
  /** The store cannot do what it is there for; the first failure after it worked counts. */
  failed(reason: string): void;
  works(): void;
  /** Calls `changed` whenever the store begins to fail or works again, and at once when it fails already. */
  listen(changed: (failure: StoreFailure | null) => void): void;
}

/** The watch of a store that works. */
export function createStoreWatch(store: string, clock: () => number = Date.now): StoreWatch {
  let failure: StoreFailure | null = null;
  const listeners: ((failure: StoreFailure | null) => void)[] = [];
  const become = (next: StoreFailure | null): void => {
    failure = next;
    for (const changed of listeners) changed(next);
  };
  return {
    store,
    get failure() {
      return failure;
    },
    failed(reason) {
      if (failure === null) become({ since: new Date(clock()).toISOString(), reason });
    },
    works() {
      if (failure !== null) become(null);
    },
    listen(changed) {
      listeners.push(changed);
      if (failure !== null) changed(failure);
    },
  };
}

const PROBE_AFTER_MS = 1000;

/** Tells a watch of failures, and asks again each second until the store works. */
export interface StoreProbe {
  failed(reason: string): void;
  stop(): void;
}

/** `probe` is to resolve only when the store can write again. */
export function probeUntilItWorks(watch: StoreWatch, probe: () => Promise<unknown>): StoreProbe {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const askLater = (): void => {
    timer = setTimeout(() => void ask(), PROBE_AFTER_MS).unref();
  };
  async function ask(): Promise<void> {
    try {
      await probe();
      timer = undefined;
      if (!stopped) watch.works();
    } catch {
      if (!stopped) askLater();
    }
  }
  return {
    failed(reason) {
      if (stopped) return;
      watch.failed(reason);
      if (timer === undefined) askLater();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
