import { setTimeout as pause } from 'node:timers/promises';
import type { EngineProcess } from './engine-process.js';

/** The part of `GET /v1/projections` that figures need. */
export interface ProjectionLag {
  readonly name: string;
  readonly lag_events: number;
  readonly lag_ms: number;
  readonly head: string;
}

export async function projectionsOf(engine: EngineProcess): Promise<readonly ProjectionLag[]> {
  const answer = await fetch(`${engine.url}/v1/projections`, { headers: { authorization: `Bearer ${engine.token}` } });
  // The route answers exactly this.
  return ((await answer.json()) as { readonly data: readonly ProjectionLag[] }).data;
}

/** Events in the log. */
export async function eventsIn(engine: EngineProcess): Promise<number> {
  const [first] = await projectionsOf(engine);
  const [digits = ''] = Buffer.from(first?.head ?? '', 'base64url')
    .toString('utf8')
    .split('@');
  return parseInt(digits, 36) + 1;
}

/** Resolves when all projections have folded everything. */
export async function untilFolded(engine: EngineProcess): Promise<void> {
  while ((await projectionsOf(engine)).some(({ lag_events: lag }) => lag > 0)) await pause(50);
}

/** Notes the longest lag of any projection while something runs. */
export async function watchLag<T>(
  engine: EngineProcess,
  work: Promise<T>,
): Promise<{ readonly result: T; readonly lagMs: number }> {
  let lagMs = 0;
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      for (const { lag_ms: lag } of await projectionsOf(engine)) lagMs = Math.max(lagMs, lag);
      await pause(500);
    }
  })();
  try {
    return { result: await work, lagMs };
  } finally {
    over.abort();
    await watching;
  }
}
