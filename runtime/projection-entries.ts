import { EngineError } from '../contracts/errors.js';
import type { ProjectionEntry } from './slot.js';

/** The entries as given, when they fit together: names once, upstreams that exist, emissions that are folded. */
export function checkEntries(entries: readonly ProjectionEntry[]): readonly ProjectionEntry[] {
  const names = new Set<string>();
  for (const { projection, reactor, upstream } of entries) {
    const { name, handles } = projection;
    if (names.has(name)) throw misfit(`Expected each projection once; found ${name} twice.`);
    if (upstream !== undefined && !names.has(upstream)) {
      throw misfit(`Expected the upstream of ${name} to stand before it; ${upstream} does not.`);
    }
    names.add(name);
    const unhandled = reactor?.emits.find((type) => handles !== '*' && !handles.includes(type));
    if (unhandled !== undefined)
      throw misfit(`Expected ${name} to handle what its reactor emits; it does not handle ${unhandled}.`);
  }
  return entries;
}

function misfit(message: string): EngineError {
  return new EngineError('internal', message);
}
