import { isEngineError } from '../contracts/errors.js';

/** How often something is tried and how long to wait between: the n-th wait is base × factor^(n-1), at most `maxMs`, ± jitter. */
export interface RetryPolicy {
  /** Tries in all, the first included; Infinity for work that must not be given up. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly factor: number;
  readonly maxMs: number;
  /** 0 to 1: the share of each wait that is left to chance. */
  readonly jitter: number;
}

/** What `retry` needs from its surroundings. */
export interface RetryOptions {
  /** 0 to 1, exclusive; passed in so that tests decide. */
  readonly random?: () => number;
  readonly signal?: AbortSignal;
  /** Called before each wait with what went wrong. */
  readonly onRetry?: (error: unknown, attempt: number, waitMs: number) => void;
  /** Which failures may be tried again; absent: those the error catalogue calls retryable. */
  readonly mayRetry?: (error: unknown) => boolean;
}

/** The wait after the given failed attempt (1 for the first) in ms. */
export function retryDelay(policy: RetryPolicy, attempt: number, random: () => number = Math.random): number {
  const full = Math.min(policy.maxMs, policy.baseMs * policy.factor ** (attempt - 1));
  return full * (1 - policy.jitter * random());
}

/** True when the catalogue says that the failed thing may be tried again. */
export function isRetryable(error: unknown): boolean {
  return isEngineError(error) && error.retryable;
}

/** Runs `work` until it succeeds, fails for good, or the policy is used up; then rejects with the last failure. */
export async function retry<T>(policy: RetryPolicy, work: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const mayRetry = options.mayRetry ?? isRetryable;
  const isAborted = (): boolean => options.signal?.aborted ?? false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= policy.attempts || !mayRetry(error)) throw error;
      const waitMs = retryDelay(policy, attempt, options.random);
      options.onRetry?.(error, attempt, waitMs);
      await pause(waitMs, options.signal);
      if (isAborted()) throw error;
    }
  }
}

/** Resolves after `ms`, or at once when the signal is or gets aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, signal?.aborted === true ? 0 : ms);
    signal?.addEventListener('abort', done);
  });
}
