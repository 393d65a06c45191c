/** How long tests wait for what must come: a machine that has much else to do needs long. Less than a test may last. */
export const PATIENCE_MS = 120_000;

/** The URL of a read that waits for a write as long as it may: the 2 s that the API takes for granted are short on a busy machine. */
export function patiently(url: string): string {
  return /[?&]min_position=/.test(url) && !/[?&]wait_ms=/.test(url) ? `${url}&wait_ms=30000` : url;
}
