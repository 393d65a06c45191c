import { streamName } from '../../contracts/events/streams.js';
import type { NewEvent, Position } from '../../contracts/events/event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import type { ReactorState } from '../reactor.js';
import type { AnyReactor } from './any-reactor.js';
import type { DecodeEvents } from './decoding.js';
import type { DocumentCache, Loaded } from './document-cache.js';
import type { OnFolded } from './fold.js';
import type { KeyGroup } from './groups.js';
import { readOwnEvents } from './own-events.js';
import { inChunks } from './in-chunks.js';

/** The decisions of one batch. */
export interface ReactionRound {
  /** What decides about each event of the key as it is folded. */
  reactTo(key: string): OnFolded;
  /** Appends what was emitted, then writes the states; answers the keys whose state somebody else wrote. */
  commit(): Promise<ReadonlySet<string>>;
}

/** The reactor inside the batches of its processor. */
export interface Reactions {
  begin(groups: readonly KeyGroup[], documents: ReadonlyMap<string, Loaded>): Promise<ReactionRound>;
}

export interface ReactionsOptions {
  readonly reactor: AnyReactor;
  readonly eventStore: EventStore;
  readonly decode: DecodeEvents;
  readonly states: DocumentCache;
  /** Throws when the lease is lost: nothing may be emitted then. */
  readonly fence: () => unknown;
  /** Events up to here are folded without a decision. */
  readonly liveAfter: Position;
  /** The log's head at the start: what a process before this one emitted stands at or below it. */
  readonly headAtStart: Position;
  readonly onEmitted: (position: Position) => void;
  readonly onState: (state: ReactorState) => void;
}

interface Subject {
  readonly stored: Loaded;
  readonly initial: ReactorState;
  state: ReactorState;
  through: Position;
  readonly emissions: NewEvent[];
  emitAfter: bigint;
}

const APPENDS_AT_ONCE = 256;
/** Keys looked up once after a start; when more are touched, some are looked up again, which changes nothing. */
const TOUCHED_KEYS = 200_000;

/** Decides event by event, and makes each decision durable once, whatever crashed before (rule 5 of processors). */
export function createReactions(options: ReactionsOptions): Reactions {
  const { reactor, eventStore, states } = options;
  const touched = new Set<string>();

  async function catchUpWithLog(key: string, document: JsonObject | null, subject: Subject): Promise<void> {
    for await (const event of readOwnEvents(options, key, reactor.revision(document))) {
      subject.state = reactor.foldOwn(subject.state, event);
    }
  }

  const isOfBefore = (position: Position): boolean => position > options.liveAfter && position <= options.headAtStart;

  function react(key: string, subject: Subject): OnFolded {
    return (before, after, { event, shared }) => {
      if (event.position <= options.liveAfter || event.metadata.backfill !== undefined) return;
      if (subject.stored.position !== 'none' && event.position <= subject.stored.position) return;
      if (reactor.emits.includes(event.type) && reactor.isOwn(event)) return;
      const at = event.metadata.received_at > subject.state.at ? event.metadata.received_at : subject.state.at;
      const reaction = reactor.react({ key, before, after, state: subject.state, shared, event, at });
      subject.state = reaction.state;
      subject.through = event.position;
      if (reaction.emissions.length === 0) return;
      subject.emissions.push(...reaction.emissions);
      const { category, workspace, id } = event.stream;
      const isOwnStream = streamName(category, workspace, id) === reactor.stream(key);
      const cause = isOwnStream ? event.revision : reactor.revision(before);
      if (subject.emitAfter === UNKNOWN || cause < subject.emitAfter) subject.emitAfter = cause;
    };
  }

  async function emit(key: string, subject: Subject): Promise<void> {
    options.fence();
    const stored = await eventStore.appendOnce(reactor.stream(key), subject.emitAfter, subject.emissions);
    const last = stored.at(-1);
    if (last !== undefined) options.onEmitted(last.position);
  }

  return {
    async begin(groups, documents) {
      const loaded = await states.load(groups.map((group) => group.key));
      const subjects = new Map<string, Subject>();
      const unknown = new Map<string, () => Promise<void>>();
      for (const { key, events } of groups) {
        const document = documents.get(key)?.body ?? null;
        const stored = loaded.get(key) ?? { position: 'none', body: null };
        // Only this reactor writes its states, so a stored body is one.
        const initial = (stored.body as ReactorState | null) ?? reactor.initialState(document, key);
        const through = stored.position === 'none' ? -1n : stored.position;
        const subject: Subject = { stored, initial, state: initial, through, emissions: [], emitAfter: UNKNOWN };
        subjects.set(key, subject);
        if (!touched.has(key) && events.some(({ event }) => isOfBefore(event.position))) {
          unknown.set(key, () => catchUpWithLog(key, document, subject));
        }
      }
      await inChunks([...unknown.values()], APPENDS_AT_ONCE);
      return {
        reactTo(key) {
          const subject = subjects.get(key);
          return subject === undefined ? () => undefined : react(key, subject);
        },
        async commit() {
          const emitting = [...subjects].filter(([, subject]) => subject.emissions.length > 0);
          await inChunks(
            emitting.map(
              ([key, subject]) =>
                () =>
                  emit(key, subject),
            ),
            APPENDS_AT_ONCE,
          );
          const lost = await states.write(
            [...subjects].flatMap(([id, { stored, initial, state, through }]) => {
              if (state === initial) return [];
              options.onState(state);
              return [{ id, expected: stored.position, position: through, body: state }];
            }),
          );
          if (touched.size >= TOUCHED_KEYS) touched.clear();
          for (const key of unknown.keys()) if (!lost.has(key)) touched.add(key);
          return lost;
        },
      };
    },
  };
}

const UNKNOWN = -2n;
