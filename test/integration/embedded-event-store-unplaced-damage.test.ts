import { copyFile, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { checkIntegrity } from '../../stores/event-store/embedded/check-integrity.js';
import { openLogForReading } from '../../stores/event-store/embedded/log-file.js';
import { createLogReader } from '../../stores/event-store/embedded/log-reader.js';
import type { PortableError } from '../../stores/event-store/embedded/log-errors.js';
import { openEmbeddedEventStore } from '../../stores/event-store/embedded/open-embedded-event-store.js';
import type { ReaderQuery } from '../../stores/event-store/embedded/reader-protocol.js';
import { newEvents } from '../support/new-events.js';

const limits = { events: 1_000, bytes: 1e9 };
const all: ReaderQuery = { kind: 'all', after: -1, until: 1e6, categories: null, limits };
const customers: ReaderQuery = { ...all, categories: ['customer'] };
const stream: ReaderQuery = { kind: 'stream', stream: 'customer-w1.7', from: 0, backwards: false, limits };
const PAGE = 4_096;

let folder: string;
let sound: string;
let copies = 0;

/** 300 events in 50 streams, those before the newest 64 in the lookup tables. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cebe-unplaced-'));
  sound = join(folder, 'sound.sqlite');
  const { store } = await openEmbeddedEventStore({ file: sound, segmentEvents: 64 });
  for (let round = 0; round < 2; round += 1) {
    for (let customer = 0; customer < 50; customer += 1) {
      await store.append(`customer-w1.${String(customer)}`, round === 0 ? 'no_stream' : 2n, newEvents(3));
    }
  }
  await store.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function damagedBy(sql: string): Promise<string> {
  copies += 1;
  const file = join(folder, `copy-${copies}.sqlite`);
  await copyFile(sound, file);
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
  return file;
}

/** Makes a page of another kind of it: what it held cannot be told any more. */
async function withoutPageOf(table: string): Promise<string> {
  const file = await damagedBy('SELECT 1');
  const db = new DatabaseSync(file);
  const { rootpage } = db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(table) as { rootpage: number };
  db.close();
  const handle = await open(file, 'r+');
  await handle.write(Buffer.from([0x7f]), 0, 1, (rootpage - 1) * PAGE);
  await handle.close();
  return file;
}

function refusalOf(file: string, query: ReaderQuery): PortableError | undefined {
  const db = openLogForReading(file);
  const [answer] = createLogReader(db).answer([query]);
  db.close();
  return answer?.kind === 'failed' ? answer.error : answer?.kind === 'chunk' ? answer.chunk.damage : undefined;
}

describe('damage of which nothing says what position it concerns', () => {
  it.each<[string, string]>([
    ['DELETE FROM by_stream WHERE position = 21', 'revision 1 of customer-w1.7 instead of 0 at position 22'],
    ['UPDATE by_stream SET position = 24 WHERE position = 21', 'an event of another stream at position 24'],
    ['UPDATE by_stream SET position = 99999 WHERE position = 21', 'nothing at position 99999'],
  ])('is refused without one, saying what was missed: %s', async (sql, found) => {
    const refusal = refusalOf(await damagedBy(sql), stream);
    expect(refusal).toMatchObject({ code: 'corrupt_event', message: expect.stringContaining(found) });
    expect(refusal?.message).toContain('which position of the log that concerns is unknown');
    expect(refusal?.details).not.toHaveProperty('position');
  });

  it.each<[string, ReaderQuery]>([
    ['events', all],
    ['by_stream', stream],
    ['by_category', customers],
  ])('is refused without one where a page of %s is gone', async (table, query) => {
    const file = await withoutPageOf(table);
    const refusal = refusalOf(file, query);
    expect(refusal).toMatchObject({ code: 'corrupt_event' });
    expect(refusal?.details).not.toHaveProperty('position');
    const { problems } = await checkIntegrity(file, { depth: 'deep' });
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.filter(({ position = 0n }) => position < 0n)).toEqual([]);
  });
});
