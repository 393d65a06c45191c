import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import { ownValue } from '../../domain/own-value.js';

/** What a transition on the customer's own stream said last; the profile may not include it yet. */
export type Said = {
  readonly in: boolean;
  /** The log position of the event that led to it, or else the position at which it is stored; decimal. */
  readonly decided?: string;
  readonly stored?: string;
};

/** What is remembered of one customer beside the profile. Times in ms since 1970. */
export type MembershipState = {
  readonly at: string;
  /** The earliest of `dues`: what the index holds. */
  readonly due?: number;
  /** When the answer of a segment's rule changes if nothing happens until then. */
  readonly dues: { readonly [segmentId: string]: number };
  readonly said: { readonly [segmentId: string]: Said };
};

/** A customer of whom nothing is remembered. */
export const untouched: MembershipState = { at: '1970-01-01T00:00:00.000Z', dues: {}, said: {} };

/** A chunk of an evaluation: where it stands, and the position that its decisions include. */
export interface ChunkPlace {
  readonly position: bigint;
  readonly decided: bigint;
}

/** True when the log has what was said behind the chunk. */
export function isBehind(said: Said, chunk: ChunkPlace): boolean {
  if (said.stored !== undefined) return BigInt(said.stored) > chunk.position;
  return said.decided !== undefined && BigInt(said.decided) > chunk.decided;
}

/** Whether the customer is in the segment as the log has it, with what was emitted and is not folded yet. */
export function isMember(segmentId: string, state: MembershipState, profile: Pick<ProfileDocument, 'segments'> | null): boolean {
  return ownValue(state.said, segmentId)?.in ?? (profile !== null && Object.hasOwn(profile.segments, segmentId));
}

/** The state with other dues and sayings at a later instant; the same object when nothing differs. */
export function withChanges(
  state: MembershipState,
  change: {
    readonly at: string;
    readonly dues?: ReadonlyMap<string, number | null>;
    readonly said?: ReadonlyMap<string, Said | null>;
  },
): MembershipState {
  const dues = changed(state.dues, change.dues);
  const said = changed(state.said, change.said);
  if (dues === state.dues && said === state.said) return state;
  const due = Math.min(...Object.values(dues));
  return { at: change.at, dues, said, ...(due === Infinity ? {} : { due }) };
}

function changed<Value>(
  record: { readonly [key: string]: Value },
  changes: ReadonlyMap<string, Value | null> | undefined,
): { readonly [key: string]: Value } {
  let next: Map<string, Value> | undefined;
  for (const [key, value] of changes ?? []) {
    if ((ownValue(record, key) ?? null) === value) continue;
    next ??= new Map(Object.entries(record));
    if (value === null) next.delete(key);
    else next.set(key, value);
  }
  return next === undefined ? record : Object.fromEntries(next);
}
