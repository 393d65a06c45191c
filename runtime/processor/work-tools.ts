import type { Position } from '../../contracts/events/event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { DocumentPage, DocumentStore, FindOptions } from '../../stores/document-store/document-store.port.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import type { GenerationSwitch, Page, ReactorState, ReactorTools, ReadAhead, Subject } from '../reactor.js';
import type { AnyReactor } from './any-reactor.js';
import type { Blocks } from './blocks.js';
import type { DecodeEvents } from './decoding.js';
import type { DocumentCache, Loaded, WriteWatch } from './document-cache.js';
import { streamKey } from './failure.js';
import { readDecoded } from './own-events.js';
import type { ReactorStates, StateChange, StoredState } from './reactor-states.js';

export interface WorkToolsOptions {
  readonly reactor: AnyReactor;
  readonly eventStore: EventStore;
  readonly documentStore: DocumentStore;
  readonly decode: DecodeEvents;
  readonly documents: DocumentCache;
  readonly states: ReactorStates;
  readonly blocks: Pick<Blocks, 'get'>;
  readonly fence: () => unknown;
  readonly switched: GenerationSwitch | null;
  readonly onEmitted: (position: Position) => void;
}

/** What differs from one slice of work to the next. */
export interface Moment {
  readonly now: number;
  readonly position: Position;
  readonly shared: JsonObject;
}

type Tools = ReactorTools<JsonObject, ReactorState, JsonObject>;
type AnySubject = Subject<JsonObject, ReactorState>;

const NOTHING_STORED: StoredState = { position: 'none', state: null, own: -1n };

/** Makes the tools for one slice of a reactor's work. */
export function createWorkTools(options: WorkToolsOptions): (moment: Moment) => Tools {
  const { reactor, eventStore, documentStore, documents, states, blocks } = options;
  // What a subject's compare-and-set needs is kept out of sight.
  const behind = new WeakMap<object, { readonly stored: StoredState; readonly position: Position }>();
  /** Where this process has appended last, by stream. */
  const appended = new Map<string, bigint>();

  async function load(keys: readonly string[]): Promise<ReadonlyMap<string, AnySubject>> {
    const [loadedDocuments, loaded] = await Promise.all([documents.load(keys), states.load(keys)]);
    return new Map(
      keys.map((key) => {
        const document = loadedDocuments.get(key) ?? { position: 'none', body: null };
        return [key, subjectOf(key, document, loaded.get(key) ?? NOTHING_STORED)];
      }),
    );
  }

  function subjectOf(key: string, { position, body }: Loaded, stored: StoredState): AnySubject {
    const subject: AnySubject = {
      key,
      document: body,
      state: stored.state ?? reactor.initialState(body, key),
      stored: stored.state !== null,
      blocked: blocks.get(key) !== undefined || blocks.get(streamKey(reactor.stream(key))) !== undefined,
    };
    behind.set(subject, { stored, position: laterOf(stored.position, position) });
    return subject;
  }

  let watch: WriteWatch | null = null;

  function readAhead(find: FindOptions): ReadAhead<JsonObject, ReactorState> {
    watch?.stop();
    const watching = (watch = documents.watch());
    // Whatever fails is met where the page is used.
    const reading = Promise.resolve().then(() => documentStore.find(documents.collection, find));
    // The states of those found are asked for next.
    reading.then(
      (page) => states.prefetch(page.documents.map(({ id }) => id)),
      () => undefined,
    );
    return {
      async subjects() {
        const page = await reading;
        const overtaken = page.documents.filter(({ id }) => watching.mayHave(id)).map(({ id }) => id);
        const [loaded, known] = await Promise.all([load(overtaken), states.load(page.documents.map(({ id }) => id))]);
        watching.stop();
        return page.documents.map(
          ({ id, ...document }) => loaded.get(id) ?? subjectOf(id, document, known.get(id) ?? NOTHING_STORED),
        );
      },
    };
  }

  async function save(changes: Parameters<Tools['save']>[0]): ReturnType<Tools['save']> {
    const writes = changes.map(({ subject, state }): StateChange => {
      const { key } = subject;
      const { stored, position } = behind.get(subject) ?? { stored: NOTHING_STORED, position: -1n };
      const emitted = appended.get(reactor.stream(key)) ?? -1n;
      return { key, stored, state, position, own: emitted > stored.own ? emitted : stored.own };
    });
    const lost = await states.write(writes);
    for (const { key } of writes) appended.delete(reactor.stream(key));
    return writes.map(({ key }) => (lost.has(key) ? 'conflict' : 'written'));
  }

  return (moment) => ({
    ...moment,
    switched: options.switched,
    load,
    save,
    readAhead,
    // Only the reactor writes its states, so each body is one.
    findStates: async (find) => pageOf(await documentStore.find(states.collection, find)) as Page<ReactorState>,
    countDocuments: (count) => documentStore.count(documents.collection, count),
    async append(stream, after, events) {
      options.fence();
      const stored = await eventStore.appendOnce(stream, after, events);
      for (const { revision, position } of stored) {
        appended.set(stream, revision);
        options.onEmitted(position);
      }
      return stored;
    },
    readStream: (stream, range = {}) => readDecoded(options, { ...range, stream }),
  });
}

function laterOf(state: Position | 'none', document: Position | 'none'): Position {
  const [a, b] = [state === 'none' ? -1n : state, document === 'none' ? -1n : document];
  return a > b ? a : b;
}

function pageOf({ documents, nextCursor }: DocumentPage): Page<JsonObject> {
  return { entries: documents.map(({ id, body }) => ({ key: id, body })), nextCursor };
}
