import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createStreamWriter, type StreamWriter } from '../../commands/stream-writer.js';
import { engineEvent } from '../../commands/engine-event.js';
import type { NewEvent } from '../../contracts/events/event.js';
import { engineId } from '../../domain/ids.js';
import { openIngest, type IngestUnderTest } from '../support/ingest.js';

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
