/** How often and how patiently something refused for now is tried again. */
export interface RetryPolicy {
  /** All attempts, the first included. */
  readonly attempts: number;
  readonly base_ms: number;
  readonly factor: number;
  /** The part of each delay that is random, 0 to 1. */
  readonly jitter: number;
  readonly max_ms: number;
}

/** Messages refused for now: five attempts, after about 2, 8, 32 and 128 seconds. */
export const messageRetryPolicy: RetryPolicy = { attempts: 5, base_ms: 2_000, factor: 4, jitter: 0.5, max_ms: 600_000 };

/** What a delay depends on beside the policy. */
export interface RetryInput {
  /** Attempts made so far, at least 1. */
  readonly attempt: number;
  /** In [0, 1): decides the jitter. */
  readonly random: number;
  /** What the provider asked for; never waited shorter. */
  readonly retry_after_ms?: number;
}

/** How many milliseconds to wait before the next attempt, or null when there is to be none. */
export function nextRetryDelay(policy: RetryPolicy, { attempt, random, retry_after_ms = 0 }: RetryInput): number | null {
  if (attempt >= policy.attempts) return null;
  const full = Math.min(policy.max_ms, policy.base_ms * policy.factor ** (attempt - 1));
  const jittered = full * (1 - policy.jitter * random);
  return Math.round(Math.max(jittered, retry_after_ms));
}
