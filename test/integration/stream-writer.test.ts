import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createStreamWriter, type StreamWriter } from '../../commands/stream-writer.js';
import { engineEvent } from '../../commands/engine-event.js';
import type { NewEvent } from '../../contracts/events/event.js';
import { engineId } from '../../domain/ids.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { openEventStoreDbEventStore } from '../../stores/event-store/eventstoredb/open-eventstoredb-event-store.js';
import { startEventStoreDbStandIn, type EventStoreDbStandIn } from '../support/eventstoredb-stand-in/stand-in.js';
import { openIngest, type IngestUnderTest } from '../support/ingest.js';
import { collect } from '../support/new-events.js';

const stream = 'customer-w1.1';
const event = (name: string): NewEvent =>
  engineEvent({
    id: engineId(name),
    type: 'note_added',
    data: { name },
    workspace: 'w1',
    actor: 'test',
    at: '2026-11-20T10:00:00.000Z',
  });

describe('the stream writer', () => {
  let open: IngestUnderTest;
  let writer: StreamWriter;
  beforeEach(async () => {
    open = await openIngest();
    writer = createStreamWriter({ eventStore: open.eventStore, cachedStreams: 100 });
  });
  afterEach(() => open.dispose());
  const names = async (): Promise<unknown[]> => (await open.stream(stream)).map(({ data }) => data.plain['name']);

  it('keeps the order of calls that are in flight together', async () => {
    const calls = Array.from({ length: 50 }, (_, index) => writer.append(stream, -1n, [event(`e${String(index)}`)]));
    await Promise.all(calls);
    expect(await names()).toEqual(Array.from({ length: 50 }, (_, index) => `e${String(index)}`));
  });

  it('appends together what waited for the append in front of it', async () => {
    const appends: number[] = [];
    const counting: EventStore = {
      ...open.eventStore,
      append: (name, expected, events) => {
        appends.push(events.length);
        return open.eventStore.append(name, expected, events);
      },
    };
    const together = createStreamWriter({ eventStore: counting, cachedStreams: 100 });
    const calls = ['a', 'b', 'c'].map((name) => together.append(stream, -1n, [event(name)]));
    const stored = (await Promise.all(calls)).flat();
    expect(appends).toEqual([1, 2]);
    expect(stored.map(({ id, revision, duplicate }) => ({ id, revision, duplicate }))).toEqual(
      ['a', 'b', 'c'].map((name, index) => ({ id: engineId(name), revision: BigInt(index), duplicate: false })),
    );
  });

  it('refuses only the call whose id is stored elsewhere, of those that waited together', async () => {
    await writer.append('customer-w1.2', -1n, [event('taken')]);
    const calls = ['a', 'taken', 'c'].map((name) => writer.append(stream, -1n, [event(name)]));
    const settled = await Promise.allSettled(calls);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(settled[1]).toMatchObject({ reason: { code: 'event_id_taken' } });
    expect(await names()).toEqual(['a', 'c']);
  });

  it('finds its place again when another writer was faster', async () => {
    await writer.append(stream, -1n, [event('mine')]);
    await open.eventStore.append(stream, 0n, [event('theirs')]);
    const [stored] = await writer.append(stream, -1n, [event('mine again')]);
    expect(stored).toMatchObject({ revision: 2n, duplicate: false });
    expect(await names()).toEqual(['mine', 'theirs', 'mine again']);
  });

  it('tells what was stored before from what it stores now', async () => {
    await writer.append(stream, -1n, [event('a'), event('b')]);
    const stored = await writer.appendOnce(stream, -1n, [event('b'), event('c')]);
    expect(stored.map(({ duplicate, revision }) => [duplicate, revision])).toEqual([
      [true, 1n],
      [false, 2n],
    ]);
    expect(await writer.heads([stream, 'customer-w1.2'])).toEqual(
      new Map([
        [stream, 2n],
        ['customer-w1.2', -1n],
      ]),
    );
  });
});

describe('the stream writer, on a log that takes an id twice and that another process appends to,', () => {
  let server: EventStoreDbStandIn;
  let ours: EventStore;
  let theirs: EventStore;
  let writer: StreamWriter;
  let shared = '';

  beforeAll(async () => {
    server = await startEventStoreDbStandIn();
    const connectionString = server.url;
    [ours, theirs] = await Promise.all([
      openEventStoreDbEventStore({ connectionString }),
      openEventStoreDbEventStore({ connectionString }),
    ]);
  });

  beforeEach(() => {
    shared = `customer-w1.${randomUUID()}`;
    writer = createStreamWriter({ eventStore: ours, cachedStreams: 100 });
  });

  afterAll(async () => {
    await Promise.all([ours.close(), theirs.close()]);
    await server.close();
  });

  const idsIn = async (): Promise<readonly string[]> => (await collect(theirs.readStream(shared))).map(({ id }) => id);

  it('looks for ids behind their pins when it has learned of a head that others may have made', async () => {
    const [pinned, next] = [event('pinned'), event('next')];
    const after = (await writer.heads([shared])).get(shared) ?? 0n;
    await theirs.append(shared, 'no_stream', [pinned]);
    await writer.appendOnce(shared, after, [next]);
    expect(await writer.append(shared, after, [pinned])).toMatchObject([{ revision: 0n, duplicate: true }]);
    expect(await idsIn()).toEqual([pinned.id, next.id]);
  });

  it('stores an event once that another process has stored while the append in front of it was on its way', async () => {
    const [front, behind, next] = [event('front'), event('behind'), event('next')];
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const slow: EventStore = {
      ...ours,
      append: async (...args) => {
        await gate;
        return ours.append(...args);
      },
    };
    const held = createStreamWriter({ eventStore: slow, cachedStreams: 100 });
    await held.heads([shared]);
    const appends = Promise.all([front, behind, next].map((one) => held.append(shared, -1n, [one])));
    await theirs.append(shared, 'no_stream', [behind]);
    open();
    await appends;
    expect(await idsIn()).toEqual([behind.id, front.id, next.id]);
  });

  it('tells its own events from those of a process that stored the same ids at the same head', async () => {
    const [first, mine] = [event('first'), event('mine')];
    const received = { ...mine.metadata, received_at: '2026-11-20T10:00:00.001Z' };
    await ours.append(shared, 'no_stream', [first]);
    await theirs.append(shared, 0n, [{ ...mine, metadata: received }]);
    expect(await writer.appendOnce(shared, 0n, [mine])).toMatchObject([{ revision: 1n, duplicate: true }]);
    expect(await writer.appendOnce(shared, 1n, [event('other')])).toMatchObject([{ revision: 2n, duplicate: false }]);
    expect((await idsIn()).slice(0, 2)).toEqual([first.id, mine.id]);
  });
});
