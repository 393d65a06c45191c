import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { NewEvent } from '../../contracts/events/event.js';
import type { DocumentStore } from '../../stores/document-store/document-store.port.js';
import {
  createDocumentEventPins,
  type DocumentEventPins,
  type DocumentEventPinsOptions,
} from '../../stores/event-store/document-event-pins.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { createStoreWatch } from '../../stores/store-watch.js';
import { MARKER_ID, PINS_COLLECTION } from '../../stores/event-store/pin-documents.js';
import type { PinsProgress } from '../../stores/event-store/pin-rebuild.js';
import { embeddedDocumentStorePlace } from '../support/embedded-document-store-place.js';
import { embeddedEventStorePlace } from '../support/embedded-event-store-place.js';
import { newEvent, newEvents } from '../support/new-events.js';

const LEASE = 'event_pins.rebuild';

describe('the rebuild of event pins', () => {
  let closings: (() => Promise<void>)[] = [];
  let documentStore: DocumentStore;
  let eventStore: EventStore;
  let told: PinsProgress[] = [];

  beforeEach(async () => {
    const [documents, log] = [await embeddedDocumentStorePlace(), await embeddedEventStorePlace()];
    documentStore = await documents.open({ clock: Date.now });
    eventStore = (await log.open()).store;
    told = [];
    closings = [() => documentStore.close(), () => eventStore.close(), () => documents.dispose(), () => log.dispose()];
  });

  afterEach(async () => {
    for (const close of closings) await close();
  });

  async function open(options: Partial<DocumentEventPinsOptions> = {}): Promise<DocumentEventPins> {
    const onProgress = (progress: PinsProgress): void => void told.push(progress);
    const pins = await createDocumentEventPins({ documentStore, eventStore, onProgress, patienceMs: 100_000, ...options });
    closings.unshift(() => pins.close());
    return pins;
  }

  async function append(events: readonly NewEvent[], category = 'customer'): Promise<string> {
    const stream = `${category}-w1.${randomUUID()}`;
    await eventStore.append(stream, 'no_stream', events);
    return stream;
  }

  const ofTheEngine = (type: string): NewEvent => {
    const event = newEvent({ type });
    return { ...event, metadata: { ...event.metadata, source: 'cebe' } };
  };

  const marker = async () => (await documentStore.get(PINS_COLLECTION, MARKER_ID))?.body;

  it('has nothing to do for an empty log', async () => {
    const pins = await open();
    expect(await pins.lookUp([randomUUID()])).toEqual(new Map());
    expect(told).toMatchObject([{ complete: true, pinned: 0 }]);
  });

  it('finds the events that modules sent and the sets of identifiers, with their streams, places and body hashes', async () => {
    const sent = newEvent();
    const hashed = { ...sent, metadata: { ...sent.metadata, body_hash: 'h1' } };
    const [identified, entered, claimed] = [
      ofTheEngine('customer.identified'),
      ofTheEngine('segment.entered'),
      ofTheEngine('identity.claimed'),
    ];
    const stream = await append([newEvent(), hashed, identified, entered]);
    await append([claimed], 'identity');
    const pins = await open();
    const found = await pins.lookUp([hashed, identified, entered, claimed].map(({ id }) => id));
    expect(found).toEqual(
      new Map([
        [hashed.id, { event_id: hashed.id, stream, after: 0n, body_hash: 'h1' }],
        [identified.id, { event_id: identified.id, stream, after: 1n }],
      ]),
    );
  });

  it('goes on where it ended, and shows how far it is', async () => {
    const events = [newEvents(900), newEvents(900), newEvents(900)];
    for (const some of events) await append(some);
    let enough: () => void = () => undefined;
    const firstPage = new Promise<void>((resolve) => (enough = resolve));
    const begun = createDocumentEventPins({
      documentStore,
      eventStore,
      patienceMs: 0,
      onProgress: ({ pinned }) => {
        if (pinned > 0) enough();
      },
    });
    const first = await begun;
    await firstPage;
    await first.close();
    const before = first.progress();
    const pins = await open();
    expect(told[0]).toMatchObject({ pinned: before.pinned, position: before.position });
    expect(told.at(-1)).toMatchObject({ pinned: 2_700, complete: true });
    const ids = events.flat().map(({ id }) => id);
    expect((await pins.lookUp(ids)).size).toBe(2_700);
  });

  it('keeps the pin of a process that stored its event meanwhile', async () => {
    const event = newEvent();
    const stream = await append([newEvent(), event]);
    const pins = await open();
    const lower = { event_id: randomUUID(), stream, after: -1n };
    await pins.pin([lower]);
    expect((await pins.pin([{ ...lower, after: 7n }])).get(lower.event_id)).toEqual(lower);
    expect((await pins.lookUp([event.id])).get(event.id)?.after).toBe(0n);
  });

  it('refuses everything until it is done, by whichever process', async () => {
    const event = newEvent();
    await append([event]);
    const lease = await documentStore.acquireLease(LEASE, 'another', { now: Date.now(), ttlMs: 3_600_000 });
    const pins = await open({ patienceMs: 0 });
    const refusal = { code: 'pins_rebuilding', family: 'unavailable', retryable: true };
    await expect(pins.lookUp([event.id])).rejects.toMatchObject(refusal);
    await expect(pins.pin([{ event_id: randomUUID(), stream: 'customer-w1.1', after: -1n }])).rejects.toMatchObject(refusal);
    await expect(pins.lookUp([event.id])).rejects.toThrow(/at position -1 of/);
    if (lease !== null) await documentStore.releaseLease(lease);
    await (await open()).close();
    expect((await pins.lookUp([event.id])).has(event.id)).toBe(true);
  });

  it('is done once by two processes that begin at the same moment', async () => {
    await append(newEvents(1_500));
    const [one, other] = await Promise.all([open(), open()]);
    expect([one.progress(), other.progress()]).toMatchObject([
      { complete: true, pinned: 1_500 },
      { complete: true, pinned: 1_500 },
    ]);
  });

  it('begins again when the pins are those of another log', async () => {
    const [foreign, event] = [randomUUID(), newEvent()];
    await append([event]);
    await documentStore.ensureCollection(PINS_COLLECTION, []);
    await documentStore.put(PINS_COLLECTION, [
      { id: MARKER_ID, expected: 'none', position: 900n, body: { log: 'another', complete: true, pinned: 1 } },
      { id: foreign, expected: 'none', position: 0n, body: { stream: 'customer-w1.1', after: '-1' } },
    ]);
    const pins = await open();
    expect([...(await pins.lookUp([foreign, event.id])).keys()]).toEqual([event.id]);
    expect(await marker()).toEqual({ log: eventStore.id, complete: true, pinned: 1 });
  });

  it('begins again when the pins are dropped under an open engine', async () => {
    const event = newEvent();
    await append([event]);
    const watch = createStoreWatch('pins');
    const failures: boolean[] = [];
    watch.listen((failure) => failures.push(failure !== null));
    const pins = await open({ watch });
    await documentStore.dropCollection(PINS_COLLECTION);
    const done = new Promise<void>((resolve) => {
      const look = (): void => {
        if (told.filter(({ complete }) => complete).length > 1) resolve();
        else setImmediate(look);
      };
      look();
    });
    await expect(pins.lookUp([event.id])).rejects.toMatchObject({ code: 'pins_rebuilding' });
    await done;
    expect((await pins.lookUp([event.id])).has(event.id)).toBe(true);
    expect(failures).toEqual([true, false, true, false]);
  });
});
