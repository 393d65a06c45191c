import { randomUUID } from 'node:crypto';
import { EngineError, isEngineError } from '../../contracts/errors.js';
import type { DocumentStore, StoredDocument } from '../document-store/document-store.port.js';
import type { StoreWatch } from '../store-watch.js';
import type { EventPin, EventPins } from './event-pins.port.js';
import type { EventStore } from './event-store.port.js';
import { MARKER_ID, markerIn, pinIn, PINS_COLLECTION, pinWrite } from './pin-documents.js';
import { createPinRebuild, type PinsProgress } from './pin-rebuild.js';

export interface DocumentEventPinsOptions {
  /** Its writes are to be durable when they are answered. */
  readonly documentStore: DocumentStore;
  readonly eventStore: EventStore;
  /** ms since 1970. Absent: the system's clock. */
  readonly clock?: () => number;
  /** Told of a rebuild at its start, after each page and in the end. */
  readonly onProgress?: (progress: PinsProgress) => void;
  /** Fails while pins are rebuilt. */
  readonly watch?: StoreWatch;
  /** For so long the opening waits for a rebuild, so that nobody notices that of a small log; in ms, absent: 2,000. */
  readonly patienceMs?: number;
}

/** Pins beside a log that does not know its event ids. */
export interface DocumentEventPins extends EventPins {
  /** How far the last rebuild has come. */
  progress(): PinsProgress;
  /** Ends a rebuild that is under way; to be called before the stores are closed. */
  close(): Promise<void>;
}

const PATIENCE_MS = 2_000;

/**
 * Pins as documents, one for each event id, for logs that take an id twice. Until they are known to be complete, that is, while they are rebuilt from
 * the log because they are missing, in part, or of another log, both calls fail with `pins_rebuilding`. Each look at pins sees with them
 * whether they still are, so that dropping the documents under a running engine costs time and nothing else.
 */
export async function createDocumentEventPins(options: DocumentEventPinsOptions): Promise<DocumentEventPins> {
  const { documentStore, eventStore, clock = Date.now, watch } = options;
  const onProgress = (progress: PinsProgress): void => {
    if (progress.complete) watch?.works();
    else watch?.failed(`rebuilt from the log: ${wordsOf(progress)}`);
    options.onProgress?.(progress);
  };
  const rebuild = createPinRebuild({ documentStore, eventStore, clock, onProgress, holder: randomUUID() });

  /** What the last look said. */
  let isComplete = false;

  const read = async (ids: readonly string[]): Promise<ReadonlyMap<string, StoredDocument>> => {
    const found = await documentStore.getMany(PINS_COLLECTION, [MARKER_ID, ...ids]);
    const marker = markerIn(found.get(MARKER_ID));
    isComplete = marker?.complete === true && marker.log === eventStore.id;
    if (isComplete) return found;
    throw rebuilding();
  };

  const rebuilding = (): EngineError => {
    void rebuild.run();
    const progress = rebuild.progress();
    const { position, head, pinned } = progress;
    const message = `Expected the pins of all events, found them being rebuilt from the log: ${wordsOf(progress)}`;
    return new EngineError('pins_rebuilding', message, { details: { position, head, pinned, retry_after_s: 2 } });
  };

  const patience = AbortSignal.timeout(options.patienceMs ?? PATIENCE_MS);
  await Promise.race([rebuild.run(), new Promise((resolve) => patience.addEventListener('abort', resolve))]);

  return {
    async lookUp(eventIds) {
      if (eventIds.length === 0) return new Map();
      return pinsIn(await read([...new Set(eventIds)]));
    },

    async pin(pins) {
      const standing = new Map<string, EventPin>();
      for (const pin of pins) if (!standing.has(pin.event_id)) standing.set(pin.event_id, pin);
      if (standing.size === 0) return standing;
      if (!isComplete) await read([]);
      const wanted = [...standing.values()];
      const outcomes = await documentStore.put(PINS_COLLECTION, wanted.map(pinWrite)).catch((error: unknown) => {
        // The collection is gone, and its marker with it.
        throw isEngineError(error, 'invalid_input') ? rebuilding() : error;
      });
      const known = wanted.filter((_, index) => outcomes[index] === 'conflict').map(({ event_id }) => event_id);
      if (known.length > 0) for (const [id, pin] of pinsIn(await read(known))) standing.set(id, pin);
      return standing;
    },

    progress: () => rebuild.progress(),
    close: () => rebuild.close(),
  };
}

function wordsOf({ position, head, pinned, problem }: PinsProgress): string {
  return `${String(pinned)} pins, at position ${String(position)} of ${String(head)}${problem === undefined ? '' : `; ${problem}`}`;
}

function pinsIn(documents: ReadonlyMap<string, StoredDocument>): Map<string, EventPin> {
  const pins = new Map<string, EventPin>();
  for (const [id, document] of documents) {
    const pin = pinIn(document);
    if (pin !== undefined) pins.set(id, pin);
  }
  return pins;
}
