import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import { EngineError } from '../../contracts/errors.js';
import { BEFORE_FIRST, type RecordedEvent } from '../../contracts/events/event.js';
import { findContract } from '../../contracts/events/event-contracts.js';
import { parseStreamName, streamName } from '../../contracts/events/streams.js';
import type { JsonObject } from '../../contracts/json.js';
import type { TrackingPlan, ViolationKind } from '../../contracts/tracking-plans/tracking-plan.js';
import { judge, type Finding } from '../../domain/tracking-plan/judge.js';
import type { Decoder } from '../../runtime/decode.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';

/** Events that would have broken the plan in one way. */
export interface ReplayedViolation {
  readonly type: string;
  readonly kind: ViolationKind;
  readonly field?: string;
  readonly mode: Finding['mode'];
  readonly events: number;
  /** The id of one of them, and its stream. */
  readonly example: { readonly event_id: string; readonly stream: string };
}

/** What a plan would have made of the events that a source sent. */
export interface ReplayedPlan {
  readonly events: number;
  readonly would_refuse: number;
  readonly would_warn: number;
  /** The most frequent first, at most 500. */
  readonly violations: readonly ReplayedViolation[];
}

export interface ReplayProgress {
  readonly state: 'replaying';
  /** Events of the log that were read, and how many there are. */
  readonly done: number;
  readonly total: number;
}

export interface ReplayOptions {
  readonly workspace: string;
  readonly source: string;
  readonly plan: TrackingPlan;
  /** ISO-8601 UTC with milliseconds: events received earlier are left out. */
  readonly since: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ReplayProgress) => void;
}

const BATCH = 500;
const VIOLATIONS = 500;

/** Holds what the source sent since an instant, as it was stored, against a plan. Nothing is changed. */
export async function replayPlan(
  { eventStore, decoder }: { readonly eventStore: EventStore; readonly decoder: Decoder },
  options: ReplayOptions,
): Promise<ReplayedPlan> {
  const found = new Map<string, ReplayedViolation>();
  const counts = { events: 0, would_refuse: 0, would_warn: 0 };
  const head = await eventStore.head();
  const report = (at: bigint): void => options.onProgress({ state: 'replaying', done: Number(at) + 1, total: Number(head) + 1 });
  let batch: RecordedEvent[] = [];
  const judgeBatch = async (): Promise<void> => {
    for (const result of await decoder.decode(batch, { opensQuasi: true })) {
      // An event that cannot be read shows up elsewhere; of an erased customer nothing is left to hold against a plan.
      if (!result.ok || result.event.erased) continue;
      const findings = judgeStored(options.plan, result.event);
      counts.events += 1;
      if (findings.some(({ mode }) => mode !== 'warn')) counts.would_refuse += 1;
      else if (findings.length > 0) counts.would_warn += 1;
      for (const finding of findings) count(found, finding, result.event);
    }
    batch = [];
  };
  let read = 0;
  for await (const event of eventStore.readAll({ after: BEFORE_FIRST, categories: ['ad_campaign', 'customer'] })) {
    if (options.signal.aborted)
      throw new EngineError('cancelled', 'expected the replay to reach the head, found that it was called off');
    if (event.position > head) break;
    read += 1;
    if (read % 10_000 === 0) report(event.position);
    const { source, received_at } = event.metadata;
    if (source !== options.source || received_at < options.since) continue;
    if (parseStreamName(event.stream)?.workspace !== options.workspace) continue;
    batch.push(event);
    if (batch.length === BATCH) await judgeBatch();
  }
  await judgeBatch();
  report(head);
  const violations = [...found.values()].sort((a, b) => b.events - a.events).slice(0, VIOLATIONS);
  return { ...counts, violations };
}

function judgeStored(plan: TrackingPlan, { type, data, direct }: DecodedEvent): readonly Finding[] {
  const { context: _context, ...properties } = data;
  // What is sealed as direct is text, by contract or because it looks like an address or a number.
  const texts: JsonObject = Object.fromEntries(
    Object.keys(direct).flatMap((name) => (name.startsWith('context.') ? [] : [[name, '']])),
  );
  return judge(plan, { type, contract: findContract(type), properties: { ...properties, ...texts } });
}

function count(found: Map<string, ReplayedViolation>, { kind, field, mode }: Finding, event: DecodedEvent): void {
  const name = [event.type, kind, field].join(' ');
  const before = found.get(name);
  found.set(name, {
    type: event.type,
    kind,
    ...(field === undefined ? {} : { field }),
    mode,
    events: (before?.events ?? 0) + 1,
    example: before?.example ?? {
      event_id: event.id,
      stream: streamName(event.stream.category, event.stream.workspace, event.stream.id),
    },
  });
}
