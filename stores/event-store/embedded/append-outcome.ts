import { EngineError } from '../../../contracts/errors.js';
import { fromPortable, toPortable, type PortableError } from './log-errors.js';

/** Where one event of an append stands. */
export interface Placed {
  readonly revision: number;
  readonly position: number;
  readonly duplicate: boolean;
}

/** What became of an append: where its events stand (for `append` the last one only), or why it was refused. */
export type AppendOutcome = { readonly placed: readonly Placed[] } | { readonly refusal: EngineError };

/** The outcomes of a group in the order of its appends, packed to be posted. */
export interface PackedOutcomes {
  /** For each append its number of places (0: refused), then for each place revision, position, and 1 for a duplicate. */
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly refusals: readonly PortableError[];
}

/** Packs outcomes into one array of numbers. */
export function packOutcomes(outcomes: readonly AppendOutcome[]): PackedOutcomes {
  const numbers: number[] = [];
  const refusals: PortableError[] = [];
  for (const outcome of outcomes) {
    if ('refusal' in outcome) {
      numbers.push(0);
      refusals.push(toPortable(outcome.refusal));
      continue;
    }
    numbers.push(outcome.placed.length);
    for (const place of outcome.placed) numbers.push(place.revision, place.position, place.duplicate ? 1 : 0);
  }
  return { numbers: Float64Array.from(numbers), refusals };
}

/** Calls `each` with every outcome that was packed, in order. */
export function unpackOutcomes(packed: PackedOutcomes, each: (outcome: AppendOutcome) => void): void {
  const { numbers } = packed;
  let refused = 0;
  for (let at = 0; at < numbers.length;) {
    const count = numbers[at] ?? 0;
    at += 1;
    if (count === 0) {
      const refusal = packed.refusals[refused];
      refused += 1;
      each({
        refusal: refusal === undefined ? new EngineError('internal', 'A refusal of the log was lost') : fromPortable(refusal),
      });
      continue;
    }
    const placed: Placed[] = [];
    for (const end = at + count * 3; at < end; at += 3) {
      placed.push({ revision: numbers[at] ?? -1, position: numbers[at + 1] ?? -1, duplicate: numbers[at + 2] === 1 });
    }
    each({ placed });
  }
}
