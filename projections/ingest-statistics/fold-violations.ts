import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { StreamCategory } from '../../contracts/events/streams.js';
import type { JsonObject } from '../../contracts/json.js';
import type { PlanViolation, ViolationKind } from '../../contracts/tracking-plans/tracking-plan.js';

/** Where an event that broke the plan is found again. */
export type SamplePlace = JsonObject & {
  readonly at: string;
  /** Of its stream: `quarantine` for a refused entry. */
  readonly category: StreamCategory;
  readonly id: string;
  readonly event_id: string;
  readonly revision: string;
  readonly found?: string;
};

/** How often the plan was broken in one way. */
export type ViolationCounter = JsonObject & {
  readonly kind: ViolationKind;
  readonly field?: string;
  readonly warned: number;
  readonly refused: number;
  readonly first_at: string;
  readonly last_at: string;
  readonly samples: readonly SamplePlace[];
};

/** By kind and field. */
export type ViolationCounters = Readonly<Record<string, ViolationCounter>>;

const SAMPLES = 5;
/** Names of properties come from outside: what goes beyond is counted nowhere, so that documents stay small. */
const COUNTERS = 200;

/** What the tracking plan had against the event, whether it was taken or refused. */
export function violationsOf(event: DecodedEvent): readonly PlanViolation[] {
  if (isEngineEvent(event, 'quarantine.received')) return event.data.violations ?? [];
  return event.metadata.violations ?? [];
}

/** Counts what the plan has against one more event. */
export function foldViolations(counters: ViolationCounters | undefined, event: DecodedEvent): ViolationCounters | undefined {
  const violations = violationsOf(event);
  if (violations.length === 0) return counters;
  const folded: Record<string, ViolationCounter> = { ...counters };
  for (const violation of violations) {
    const name = [violation.kind, violation.field].join(' ');
    const before = Object.hasOwn(folded, name) ? folded[name] : undefined;
    if (before === undefined && Object.keys(folded).length >= COUNTERS) continue;
    folded[name] = counted(before, violation, event);
  }
  return folded;
}

function counted(
  before: ViolationCounter | undefined,
  { kind, field, found }: PlanViolation,
  event: DecodedEvent,
): ViolationCounter {
  const at = event.metadata.received_at;
  const refused = event.stream.category === 'quarantine';
  const sample: SamplePlace = {
    at,
    category: event.stream.category,
    id: event.stream.id,
    event_id: event.id,
    revision: event.revision.toString(),
    ...(found === undefined ? {} : { found }),
  };
  return {
    kind,
    ...(field === undefined ? {} : { field }),
    warned: (before?.warned ?? 0) + (refused ? 0 : 1),
    refused: (before?.refused ?? 0) + (refused ? 1 : 0),
    first_at: before?.first_at ?? at,
    last_at: at,
    samples: [sample, ...(before?.samples ?? [])].slice(0, SAMPLES),
  };
}
