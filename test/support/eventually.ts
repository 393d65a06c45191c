import { PATIENCE_MS } from './patience.js';

const AGAIN_MS = 50;

/** Asks until the answer is not null; fails with what was wanted when it takes too long. */
export async function eventually<Answer>(
  wanted: string,
  ask: () => Answer | null | Promise<Answer | null>,
  patienceMs: number = PATIENCE_MS,
): Promise<Answer> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > until) throw new Error(`expected ${wanted} within ${String(patienceMs)} ms`);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
