import type { ReadinessCheck } from '../api/routes/system.routes.js';
import type { Runner } from '../runtime/runner.js';
import type { StoreWatch } from '../stores/store-watch.js';

/** Which stores fail and since when. Everyone may ask, so what a store said is in the engine's log only. */
export function storesCheck(watches: readonly StoreWatch[]): ReadinessCheck {
  const failing = watches.flatMap(({ store, failure }) => (failure === null ? [] : [`${store} fails since ${failure.since}`]));
  if (failing.length === 0) return { name: 'stores', ok: true };
  return { name: 'stores', ok: false, detail: failing.join(', ') };
}

/** The processors run, here or in another process that this one would take over from. */
export function processorsCheck(runner: Pick<Runner, 'isRunning' | 'isStandingBy'>): ReadinessCheck {
  if (runner.isStandingBy()) return { name: 'processors', ok: true, detail: 'another process drives them' };
  return { name: 'processors', ok: runner.isRunning() };
}
