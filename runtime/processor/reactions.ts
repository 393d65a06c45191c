import type { Position } from '../../contracts/events/event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import type { ReactorState } from '../reactor.js';
import type { AnyReactor } from './any-reactor.js';
import type { DecodeEvents } from './decoding.js';
import type { Loaded } from './document-cache.js';
import type { OnFolded } from './fold.js';
import type { KeyGroup } from './groups.js';
import { inChunks } from './in-chunks.js';
import { findForgotten, type ForgottenDecisions, readDecoded } from './own-events.js';
import { createReactionSubject, type ReactionSubject } from './reaction-subject.js';
import type { ReactorStates, StoredState } from './reactor-states.js';

/** The decisions of one batch. */
export interface ReactionRound {
  /** What decides about each event of the key as it is folded. */
  reactTo(key: string): OnFolded | undefined;
  /** Appends what was emitted, then writes the states; answers the keys whose state somebody else wrote. */
  commit(): Promise<ReadonlySet<string>>;
}

/** What was stored of the keys before the batch. */
export interface Before {
  readonly documents: ReadonlyMap<string, Loaded>;
  readonly states: ReadonlyMap<string, StoredState>;
}

/** The reactor inside the batches of its processor. */
export interface Reactions {
  /** The states that `begin` needs. */
  load(keys: readonly string[]): Promise<ReadonlyMap<string, StoredState>>;
  /** Up to where the key's document may include the log for its only event to leave nothing to decide; null when it is to be folded and decided about. */
  settledThrough(group: KeyGroup, stored: StoredState): Position | null;
  begin(groups: readonly KeyGroup[], before: Before): Promise<ReactionRound>;
  /** Up to here the log may hold decisions that no state includes. */
  suspectUntil(): Position;
  /** Something was appended and perhaps not remembered: states are compared with the log again. */
  distrust(): Promise<void>;
}

export interface ReactionsOptions {
  readonly reactor: AnyReactor;
  readonly eventStore: EventStore;
  readonly decode: DecodeEvents;
  readonly states: ReactorStates;
  /** Throws when the lease is lost: nothing may be emitted then. */
  readonly fence: () => unknown;
  /** Events up to here are folded without a decision. */
  readonly liveAfter: Position;
  /** The log's head at the start: what a process before this one emitted stands at or below it. */
  readonly headAtStart: Position;
  /** Where the batches have come to. */
  readonly now: () => { readonly position: Position; readonly shared: JsonObject };
  readonly onEmitted: (position: Position) => void;
  readonly onState: (state: ReactorState) => void;
}

const APPENDS_AT_ONCE = 256;
/** Keys looked up once after a start; when more are touched, some are looked up again, which changes nothing. */
const TOUCHED_KEYS = 200_000;

/** Decides event by event, and makes each decision durable once, whatever crashed before (rule 5 of processors). */
export function createReactions(options: ReactionsOptions): Reactions {
  const { reactor, eventStore, states, liveAfter } = options;
  const touched = new Set<string>();
  /** Decisions whose cause comes in a later batch. */
  const awaited = new Map<string, ForgottenDecisions>();
  let suspectUntil = options.headAtStart;
  let recalling: Promise<void> | null = null;

  /** Once, however many keys wait for it; again when it fails. */
  function recall(): Promise<void> {
    recalling ??= recallAll().catch((error: unknown) => {
      recalling = null;
      throw error;
    });
    return recalling;
  }

  async function recallAll(): Promise<void> {
    await reactor.recall?.({
      ...options.now(),
      readStream: (stream, range = {}) => readDecoded(options, { ...range, stream }),
    });
  }

  const isSuspect = ({ key, events }: KeyGroup): boolean =>
    !touched.has(key) && events.some(({ event }) => event.position > liveAfter && event.position <= suspectUntil);

  async function emit(subject: ReactionSubject): Promise<void> {
    const emissions = subject.emissions();
    if (emissions === null) return;
    options.fence();
    const stored = await eventStore.appendOnce(reactor.stream(subject.key), emissions.after, emissions.events);
    for (const { revision, position } of stored) {
      subject.noteEmitted(revision);
      options.onEmitted(position);
    }
  }

  function remember(recalled: ReadonlyMap<string, ForgottenDecisions>, lost: ReadonlySet<string>): void {
    if (touched.size >= TOUCHED_KEYS) touched.clear();
    for (const [key, { byCause }] of recalled) {
      if (lost.has(key)) continue;
      touched.add(key);
      if (byCause.size > 0) awaited.set(key, { settled: [], byCause });
    }
  }

  return {
    load: (keys) => states.load(keys),
    settledThrough(group, { state }) {
      const [first] = group.events;
      if (first === undefined || awaited.has(group.key) || isSuspect(group)) return null;
      const { event, shared } = first;
      if (event.position <= liveAfter || event.metadata.backfill !== undefined) return event.position - 1n;
      return reactor.settledThrough?.(event, shared, state) ?? null;
    },
    async begin(groups, before) {
      await recall();
      const subjects = new Map<string, ReactionSubject>();
      const recalled = new Map<string, ForgottenDecisions>();
      const looking: (() => Promise<void>)[] = [];
      for (const group of groups) {
        const { key } = group;
        const document = before.documents.get(key)?.body ?? null;
        const stored = before.states.get(key) ?? { position: 'none', state: null, own: -1n };
        const subject = createReactionSubject(key, { reactor, stored, document, liveAfter });
        subjects.set(key, subject);
        const known = awaited.get(key);
        if (known !== undefined) subject.recall(known);
        if (!isSuspect(group)) continue;
        looking.push(async () => {
          const forgotten = await findForgotten(options, key, { documentRevision: reactor.revision(document), stored });
          subject.recall(forgotten);
          recalled.set(key, forgotten);
        });
      }
      await inChunks(looking, APPENDS_AT_ONCE);
      return {
        reactTo: (key) => subjects.get(key)?.react,
        async commit() {
          await inChunks(
            [...subjects.values()].map((subject) => () => emit(subject)),
            APPENDS_AT_ONCE,
          );
          const changes = [...subjects.values()].flatMap((subject) => subject.change() ?? []);
          for (const { state } of changes) options.onState(state);
          const lost = await states.write(changes);
          remember(recalled, lost);
          return lost;
        },
      };
    },
    suspectUntil: () => suspectUntil,
    async distrust() {
      touched.clear();
      recalling = null;
      suspectUntil = await eventStore.head();
    },
  };
}
