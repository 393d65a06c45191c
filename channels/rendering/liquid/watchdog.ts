/** How a watched task ended; `at` is the index of the message that it was busy with. */
export type Watched<T> =
  | { readonly end: 'answered'; readonly answer: T }
  | { readonly end: 'timed_out'; readonly at: number }
  | { readonly end: 'died'; readonly at: number; readonly code: string };

/** `progress[0]`: the message the task is at, from 1 (0: not begun), beyond `progress[1]`: done. */
export interface WatchOptions {
  readonly progress: Int32Array;
  readonly timeLimitMs: number;
}

const TICKS = 10;

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'message' in error ? String(error.message) : 'unknown';
}

/**
 * Runs a task of another thread and aborts it when it stays at one message for longer than the limit. Waiting for a free thread does not count. Rejects
 * only when the task was stopped from outside.
 */
export async function runWatched<T>(
  start: (signal: AbortSignal) => Promise<T>,
  { progress, timeLimitMs }: WatchOptions,
): Promise<Watched<T>> {
  const abort = new AbortController();
  let seen = 0;
  let since = performance.now();
  const timer = setInterval(() => {
    const at = Atomics.load(progress, 0);
    const now = performance.now();
    if (at !== seen) {
      seen = at;
      since = now;
    } else if (at > 0 && at <= Atomics.load(progress, 1) && now - since > timeLimitMs) abort.abort();
  }, timeLimitMs / TICKS);
  try {
    return { end: 'answered', answer: await start(abort.signal) };
  } catch (error) {
    const at = Math.max(0, Atomics.load(progress, 0) - 1);
    return abort.signal.aborted ? { end: 'timed_out', at } : { end: 'died', at, code: codeOf(error) };
  } finally {
    clearInterval(timer);
  }
}
