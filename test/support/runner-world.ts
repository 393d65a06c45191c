import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineError, isEngineError } from '../../contracts/errors.js';
import type { NewEvent } from '../../contracts/events/event.js';
import { engineId } from '../../domain/ids.js';
import { createDecoder } from '../../runtime/decode.js';
import type { DecodeEvents } from '../../runtime/processor/decoding.js';
import { silentLogger } from '../../runtime/logger.js';
import { createRunner, type Runner, type RunnerOptions } from '../../runtime/runner.js';
import type { DocumentStore } from '../../stores/document-store/document-store.port.js';
import { openEmbeddedDocumentStore } from '../../stores/document-store/embedded/open-embedded-document-store.js';
import { openEmbeddedEventStore } from '../../stores/event-store/embedded/open-embedded-event-store.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { newEvent } from './new-events.js';

/** Decodes events in which nothing is sealed. */
export const decodePlain: DecodeEvents = createDecoder({ vault: { openKeys: () => Promise.resolve(new Map()) } }).decode;

/** Two embedded stores and the runners on them. */
export interface RunnerWorld {
  readonly eventStore: EventStore;
  readonly documentStore: DocumentStore;
  /** Moves the clock that all runners of this world share. */
  advance(ms: number): void;
  /** A started runner; `stores` replaces what it sees of the stores. */
  run(projections: RunnerOptions['projections'], options?: Partial<RunnerOptions>): Promise<Runner>;
  /** Appends events to a customer's stream behind what is there; answers the last position. */
  happen(customer: string, ...events: readonly Partial<NewEvent>[]): Promise<bigint>;
  close(): Promise<void>;
}

/** A world in a new folder; `stands`: its clock stands still unless it is moved. */
export async function openRunnerWorld(time: 'runs' | 'stands' = 'runs'): Promise<RunnerWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'cebe-runner-'));
  const { store: eventStore } = await openEmbeddedEventStore({ file: join(folder, 'log.sqlite') });
  const documentStore = await openEmbeddedDocumentStore({ file: join(folder, 'documents.sqlite') });
  const runners: Runner[] = [];
  let offset = 0;
  const begun = Date.now();
  const clock = (): number => (time === 'runs' ? Date.now() : begun) + offset;

  return {
    eventStore,
    documentStore,
    advance(ms) {
      offset += ms;
    },
    async run(projections, options = {}) {
      const runner = createRunner({
        eventStore,
        documentStore,
        decode: decodePlain,
        clock,
        logger: silentLogger,
        engineId,
        holder: 'tests',
        onLost: () => undefined,
        dropAfterMs: 0,
        projections,
        ...options,
      });
      runners.push(runner);
      await runner.start();
      return runner;
    },
    async happen(customer, ...events) {
      const stream = `customer-w1.${customer}`;
      const made = events.map((event) => newEvent({ ...event, metadata: metadataAt(clock(), event) }));
      // A reactor may append to the same stream at the same time.
      for (;;) {
        const head = (await eventStore.streamHeads([stream])).get(stream) ?? -1n;
        try {
          return (await eventStore.append(stream, head < 0n ? 'no_stream' : head, made)).position;
        } catch (error) {
          if (!isEngineError(error, 'wrong_expected_revision')) throw error;
        }
      }
    },
    async close() {
      for (const runner of runners) await runner.stop().catch(() => undefined);
      await eventStore.close();
      await documentStore.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function metadataAt(now: number, event: Partial<NewEvent>): NewEvent['metadata'] {
  const at = new Date(now).toISOString();
  return { ...newEvent().metadata, occurred_at: at, received_at: at, ...event.metadata };
}

/** The point at which a process dies: right after this call of a store was done. */
export interface CrashPoint {
  readonly store: 'events' | 'documents';
  readonly method: string;
  /** Of the call's first argument: a stream, a collection or a checkpoint name. */
  readonly about: RegExp;
  /** Lets so many such calls pass first. */
  readonly skip?: number;
}

/** The world's stores as a process sees them that dies at a point: the call is done, its answer and everything after it never comes. */
export function dyingAt(
  world: Pick<RunnerWorld, 'eventStore' | 'documentStore'>,
  point: CrashPoint,
): Pick<RunnerOptions, 'eventStore' | 'documentStore'> & { readonly died: Promise<void> } {
  let isDead = false;
  let left = point.skip ?? 0;
  let announce: () => void = () => undefined;
  const died = new Promise<void>((resolve) => (announce = resolve));

  function wrap<Store extends object>(store: Store, name: CrashPoint['store']): Store {
    return new Proxy(store, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (isDead) throw dead();
          const answer: unknown = Reflect.apply(value, target, args);
          if (name !== point.store || property !== point.method || !point.about.test(String(args[0]))) return answer;
          if (left > 0) {
            left -= 1;
            return answer;
          }
          isDead = true;
          return Promise.resolve(answer).then(() => {
            announce();
            throw dead();
          });
        };
      },
    });
  }
  return { eventStore: wrap(world.eventStore, 'events'), documentStore: wrap(world.documentStore, 'documents'), died };
}

/** What a runner takes as the end: it writes nothing more. */
function dead(): EngineError {
  return new EngineError('fenced', 'The process of this test is dead.');
}
