import { setTimeout as delay } from 'node:timers/promises';
import { isEngineError } from '../../contracts/errors.js';
import { BEFORE_FIRST, type Position } from '../../contracts/events/event.js';
import type { DocumentStore } from '../document-store/document-store.port.js';
import type { EventPin } from './event-pins.port.js';
import type { EventStore } from './event-store.port.js';
import { type Marker, MARKER_ID, markerIn, markerWrite, pinOf, PINS_COLLECTION, pinWrite } from './pin-documents.js';

/** How far a rebuild of the pins has come. */
export interface PinsProgress {
  /** Pins were written for all events up to here. */
  readonly position: Position;
  /** Where the log ended when the rebuild began. */
  readonly head: Position;
  readonly pinned: number;
  readonly complete: boolean;
  /** Why it cannot go on at the moment. */
  readonly problem?: string;
}

export interface PinRebuildOptions {
  readonly documentStore: DocumentStore;
  readonly eventStore: EventStore;
  /** ms since 1970. */
  readonly clock: () => number;
  /** The name of this process among those that may rebuild. */
  readonly holder: string;
  /** Told at the start, after each page and in the end. */
  readonly onProgress: (progress: PinsProgress) => void;
}

/** The one rebuild of a process, which goes on until the pins are complete or it is closed. */
export interface PinRebuild {
  /** Begins, unless it is under way; resolves when it has ended. */
  run(): Promise<void>;
  progress(): PinsProgress;
  close(): Promise<void>;
}

const LEASE = 'event_pins.rebuild';
const LEASE_MS = 15_000;
const PAGE = 1_000;
const AGAIN_AFTER_MS = 1_000;

/** Rebuilds pins from the log, in pages, where the last one ended; of several processes one does it, and the others see the end. */
export function createPinRebuild(options: PinRebuildOptions): PinRebuild {
  const { documentStore, eventStore, clock, holder } = options;
  const closing = new AbortController();
  let running: Promise<void> | undefined;
  let progress: PinsProgress = { position: BEFORE_FIRST, head: BEFORE_FIRST, pinned: 0, complete: false };

  const report = (next: PinsProgress): void => {
    progress = next;
    options.onProgress(next);
  };

  const lease = async () => documentStore.acquireLease(LEASE, holder, { now: clock(), ttlMs: LEASE_MS });

  const putMarker = async (marker: Marker, expected: Position | 'none'): Promise<boolean> =>
    (await documentStore.put(PINS_COLLECTION, [markerWrite(marker, expected)]))[0] === 'written';

  /** The marker to go on from; pins of another log mean nothing here. */
  const begin = async (): Promise<Marker | null> => {
    await documentStore.ensureCollection(PINS_COLLECTION, []);
    const found = markerIn(await documentStore.get(PINS_COLLECTION, MARKER_ID));
    if (found?.log === eventStore.id) return found;
    if (found !== undefined) {
      await documentStore.dropCollection(PINS_COLLECTION);
      await documentStore.ensureCollection(PINS_COLLECTION, []);
    }
    const none: Marker = { log: eventStore.id, complete: false, through: BEFORE_FIRST, pinned: 0 };
    return (await putMarker(none, 'none')) ? none : null;
  };

  /** False when another process came in between. */
  const rebuild = async (): Promise<boolean> => {
    const begun = await begin();
    if (begun === null) return false;
    let marker = begun;
    if (marker.complete) return isDone();
    const head = await eventStore.head();

    const store = async (pins: readonly EventPin[], through: Position, complete: boolean): Promise<boolean> => {
      if (pins.length > 0) await documentStore.put(PINS_COLLECTION, pins.map(pinWrite));
      const next = { ...marker, complete, through, pinned: marker.pinned + pins.length };
      if ((await lease()) === null || !(await putMarker(next, marker.through))) return false;
      marker = next;
      report({ position: through, head, pinned: next.pinned, complete });
      return true;
    };

    if (head === BEFORE_FIRST) return store([], BEFORE_FIRST, true);
    report({ position: marker.through, head, pinned: marker.pinned, complete: false });
    let page = new Map<string, EventPin>();
    let through = marker.through;
    const ended = new AbortController();
    const signal = AbortSignal.any([closing.signal, ended.signal]);
    try {
      for await (const message of eventStore.subscribe({ after: through, categories: ['customer'], signal })) {
        if (message.kind === 'caught_up') return await store([...page.values()], max(through, message.position), true);
        through = message.kind === 'event' ? message.event.position : max(through, message.position);
        const pin = message.kind === 'event' ? pinOf(message.event) : null;
        // An id that stands twice is where it stands first.
        if (pin !== null && !page.has(pin.event_id)) page.set(pin.event_id, pin);
        if (page.size < PAGE) continue;
        if (!(await store([...page.values()], through, false))) return false;
        page = new Map();
      }
    } finally {
      ended.abort();
    }
    return false;
  };

  /** True when this process or another one has done it. */
  const isDone = async (): Promise<boolean> => {
    const marker = markerIn(await documentStore.get(PINS_COLLECTION, MARKER_ID));
    if (marker?.log !== eventStore.id) return false;
    const { through, pinned, complete } = marker;
    report({ position: through, head: max(progress.head, through), pinned, complete });
    return complete;
  };

  const attempt = async (): Promise<boolean> => {
    if (await isDone()) return true;
    const held = await lease();
    if (held === null) return false;
    try {
      return await rebuild();
    } finally {
      await documentStore.releaseLease(held);
    }
  };

  const untilDone = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        if (await attempt()) return;
      } catch (error) {
        // A log or a store that is away comes back; what is wrong for good is told to everyone who asks for a pin.
        report({ ...progress, problem: isEngineError(error) ? error.message : String(error) });
      }
      await delay(AGAIN_AFTER_MS, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
    }
  };

  return {
    run: () => (running ??= untilDone().finally(() => (running = undefined))),
    progress: () => progress,
    async close() {
      closing.abort();
      await running;
    },
  };
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
