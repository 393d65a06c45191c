import type { Output } from '../output.js';
import type { Refused } from './outgoing-entry.js';

/** Keeps the first refusals to show them, and counts all by their reason. */
export interface Refusals {
  readonly add: (refused: readonly Refused[]) => void;
  /** The first ones, without their rows. */
  readonly first: () => readonly Omit<Refused, 'row'>[];
  readonly byCode: () => Readonly<Record<string, number>>;
}

const KEPT = 100;
const SHOWN = 10;

/** Empty at first. */
export function createRefusals(): Refusals {
  const kept: Omit<Refused, 'row'>[] = [];
  const counts = new Map<string, number>();
  return {
    add(refused) {
      for (const { row: _row, ...one } of refused) {
        counts.set(one.code, (counts.get(one.code) ?? 0) + 1);
        if (kept.length < KEPT) kept.push(one);
      }
    },
    first: () => kept,
    byCode: () => Object.fromEntries([...counts].sort(([, a], [, b]) => b - a)),
  };
}

/** Tells a person what was refused and why. */
export function noteRefusals(output: Output, refusals: Refusals): void {
  const first = refusals.first();
  if (first.length === 0 || output.json) return;
  for (const { line, message_id: id, code, detail, pointer } of first.slice(0, SHOWN)) {
    const name = id === undefined ? '' : ` (${id})`;
    output.note(`  line ${line}${name}: ${code}: ${detail}${pointer === undefined ? '' : ` at ${pointer}`}`);
  }
  const reasons = Object.entries(refusals.byCode()).map(([code, count]) => `${code} ${count}`);
  output.note(`refused: ${reasons.join(', ')}`);
}
