/** What is left of a throttle; `at` in ms. */
export interface TokenBucket {
  readonly tokens: number;
  readonly at: number;
}

/** The part of a second's messages that may go out at once. */
const BURST = 0.02;

/** A full bucket. */
export function fullBucket(perSecond: number, now: number): TokenBucket {
  return { tokens: capacityOf(perSecond), at: now };
}

/**
 * Takes a token, or says how long to wait for one (ms). In any second at most `perSecond` are given out (one more when that is less than 50): what
 * may burst is left out of the rate.
 */
export function takeToken(
  bucket: TokenBucket,
  perSecond: number,
  now: number,
): { readonly bucket: TokenBucket; readonly waitMs: number } {
  const rate = (perSecond * (1 - BURST)) / 1_000;
  const tokens = Math.min(capacityOf(perSecond), bucket.tokens + Math.max(0, now - bucket.at) * rate);
  if (tokens >= 1) return { bucket: { tokens: tokens - 1, at: now }, waitMs: 0 };
  return { bucket: { tokens, at: now }, waitMs: Math.ceil((1 - tokens) / rate) };
}

function capacityOf(perSecond: number): number {
  return Math.max(1, perSecond * BURST);
}
