import { randomUUID } from 'node:crypto';
import { profilesEntry, segmentsEntry } from '../../app/segments.js';
import { createSegmentCommands, type SegmentCommands } from '../../commands/segments/segments.commands.js';
import type { SharedSegments } from '../../commands/segments/shared-segments.js';
import { createMembers } from '../../projections/members/members.queries.js';
import { createSegmentQueries } from '../../projections/segments/segments.queries.js';
import type { CommandContext } from '../../commands/command-handler.js';
import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { NewEvent } from '../../contracts/events/event.js';
import type { MemberPage, Members } from '../../contracts/read-models/members.port.js';
import type { Segments } from '../../contracts/read-models/segments.port.js';
import type { JsonObject } from '../../contracts/json.js';
import { CATALOGUE_COLLECTION, catalogueId } from '../../runtime/catalogue-entry.js';
import type { Runner, RunnerOptions } from '../../runtime/runner.js';
import { decodedEvent } from './decoded-events.js';
import { newEvent } from './new-events.js';
import { PATIENCE_MS } from './patience.js';
import { openRunnerWorld, type RunnerWorld } from './runner-world.js';
import { testHash } from './rules.js';

/** Segments over embedded stores, with a clock that goes from a chosen instant and can be set forward. */
export interface SegmentsWorld extends Pick<RunnerWorld, 'eventStore' | 'documentStore' | 'close'> {
  readonly commands: SegmentCommands;
  now(): number;
  /** Sets the clock; what is due is looked at. */
  setTo(instant: string): void;
  context(): CommandContext;
  /** Starts processors; those of before are to be stopped first. */
  start(options?: Partial<RunnerOptions>): Promise<SegmentsProcess>;
  /** What happened to each customer, in the order of the streams. */
  readonly logs: ReadonlyMap<string, readonly DecodedEvent[]>;
  /** Appends to a customer's stream; answers the last position. */
  happen(customer: string, ...facts: readonly Fact[]): Promise<bigint>;
  /** Appends to a stream of the workspace itself, as the engine. */
  record(stream: string, type: string, data: JsonObject): Promise<bigint>;
}

/** What happened; `at` is when, else now; without data, an order. */
export interface Fact {
  readonly type: string;
  readonly at?: string;
  readonly data?: JsonObject;
  readonly backfill?: string;
}

export interface SegmentsProcess {
  readonly runner: Runner;
  readonly segments: Segments;
  readonly members: Members;
  /** Resolves when everything up to the position and what it led to is included. */
  settled(position?: bigint): Promise<void>;
  /** Resolves when the segment has been evaluated; answers its members. */
  live(segmentId: string): Promise<readonly string[]>;
  membersOf(segmentId: string): Promise<readonly string[]>;
}

/** The clock is set forward by months, which a lease must not be lost over. */
const YEARS_MS = 1e12;

/** Opens it; `zone` is that of all workspaces. */
export async function openSegmentsWorld(options: { readonly zone?: string; readonly now?: string } = {}): Promise<SegmentsWorld> {
  const world = await openRunnerWorld();
  const { eventStore, documentStore } = world;
  const begun = performance.now();
  let base = Date.parse(options.now ?? '2026-11-22T10:00:00.000Z');
  const clock = (): number => Math.floor(base + performance.now() - begun);
  const running = new Set<Runner>();
  const logs = new Map<string, readonly DecodedEvent[]>();
  const commands = createSegmentCommands({
    eventStore,
    hashes: () => Promise.resolve((_field, value) => testHash(value)),
    newId: randomUUID,
  });

  function metadata(fact: Fact, source: string): NewEvent['metadata'] {
    const received_at = new Date(clock()).toISOString();
    const backfill = fact.backfill === undefined ? {} : { backfill: fact.backfill };
    return { ...newEvent().metadata, source, occurred_at: fact.at ?? received_at, received_at, ...backfill };
  }

  async function append(stream: string, facts: readonly Fact[], source: string): Promise<bigint> {
    const events = facts.map((fact) =>
      newEvent({
        type: fact.type,
        data: { plain: fact.data ?? order(fact.at ?? new Date(clock()).toISOString()), hashes: {}, sealed: [] },
        metadata: metadata(fact, source),
      }),
    );
    // Others (the reactor) may append to the same stream at any time.
    const stored = await eventStore.appendOnce(stream, (await eventStore.streamHeads([stream])).get(stream) ?? -1n, events);
    return stored.at(-1)?.position ?? -1n;
  }

  function note(customer: string, facts: readonly Fact[]): void {
    const stream = `customer-w1.${customer}`;
    const at = new Date(clock()).toISOString();
    logs.set(customer, [...(logs.get(customer) ?? []), ...facts.map((fact) => decodedEvent({ at, ...fact, stream }))]);
  }

  return {
    eventStore,
    documentStore,
    commands,
    logs,
    now: clock,
    setTo(instant) {
      base += Date.parse(instant) - clock();
      for (const runner of running) runner.poke('profiles');
    },
    context: () => ({ workspace: 'w1', actor: 'tests', at: new Date(clock()).toISOString() }),
    async start(different = {}) {
      const projections = [profilesEntry({ eventStore, fallbackZone: options.zone ?? 'UTC' }), segmentsEntry];
      const runner = await world.run(projections, { clock, leaseTtlMs: YEARS_MS, ...different });
      running.add(runner);
      return processOn(runner, { eventStore, documentStore, clock });
    },
    happen(customer, ...facts) {
      note(customer, facts);
      return append(`customer-w1.${customer}`, facts, 'tests');
    },
    record: (stream, type, data) => append(stream, [{ type, data }], 'cebe'),
    async close() {
      await world.close();
    },
  };
}

function order(created_at: string): JsonObject {
  return { order_id: randomUUID(), amount_minor: 100, currency: 'USD', created_at };
}

interface Surroundings extends Pick<RunnerWorld, 'documentStore' | 'eventStore'> {
  readonly clock: () => number;
}

function processOn(runner: Runner, { documentStore, eventStore, clock }: Surroundings): SegmentsProcess {
  const source = (name: string) => ({ documents: documentStore, collection: () => runner.readModel(name).collection() });
  const segments = createSegmentQueries(source('segments'));
  const members = createMembers({
    ...source('profiles'),
    waitFor: (position, waitMs) => runner.waitFor('profiles', position, waitMs),
  });

  async function membersOf(segmentId: string): Promise<readonly string[]> {
    const found: string[] = [];
    let afterId: string | null = null;
    do {
      const behind: { readonly afterId?: string } = afterId === null ? {} : { afterId };
      const page: MemberPage = await members.walk('w1', segmentId, { limit: 5_000, ...behind });
      found.push(...page.members.map(({ customer_id: id }) => id));
      afterId = page.next;
    } while (afterId !== null);
    return found;
  }

  async function settled(position?: bigint): Promise<void> {
    await runner.waitFor('segments', position ?? (await eventStore.head()), PATIENCE_MS);
    // What the wait above let in may have led to more: until nothing is added and nothing is to be done any more.
    for (let head = await eventStore.head(); ;) {
      await runner.waitFor('profiles', head, PATIENCE_MS);
      await runner.waitFor('segments', head, PATIENCE_MS);
      const isWorkedOff = await isNothingToDo();
      const next = await eventStore.head();
      if (next === head && isWorkedOff) return;
      head = next;
    }
  }

  async function isNothingToDo(): Promise<boolean> {
    const states = `${runner.readModel('profiles').collection()}.state`;
    const filter = { kind: 'range', path: ['due'], lte: clock() } as const;
    if ((await documentStore.count(states, { filter })) > 0) return false;
    const [stored, entry] = await Promise.all([
      documentStore.get(`${runner.readModel('profiles').collection()}.shared`, 'cebe/shared'),
      documentStore.get(CATALOGUE_COLLECTION, catalogueId('profiles')),
    ]);
    // Only the reactor's shared fold is stored in the one, and only the catalogue's entries in the other.
    const shared = stored?.body as Partial<SharedSegments> | null | undefined;
    const liveAfter = BigInt((entry?.body as { readonly live_after?: string } | null | undefined)?.live_after ?? -1);
    return Object.values(shared?.segments ?? {}).every(
      ({ wanted, running, started }) => wanted === undefined && running.length === 0 && BigInt(started ?? -1) > liveAfter,
    );
  }

  return {
    runner,
    segments,
    members,
    settled,
    membersOf,
    async live(segmentId) {
      for (;;) {
        await settled();
        const segment = await segments.get('w1', segmentId);
        if (segment !== null && segment.state !== 'evaluating') return membersOf(segmentId);
      }
    },
  };
}
