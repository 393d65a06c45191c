import { copyFile, mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { BEFORE_FIRST, type RecordedEvent } from '../../contracts/events/event.js';
import { EngineError } from '../../contracts/errors.js';
import { checkIntegrity } from '../../stores/event-store/embedded/check-integrity.js';
import { createGroupCommitter } from '../../stores/event-store/embedded/group-commit.js';
import { examineLog } from '../../stores/event-store/embedded/log-examination.js';
import { openLogForReading, openLogForWriting, type Database } from '../../stores/event-store/embedded/log-file.js';
import { createLogReader } from '../../stores/event-store/embedded/log-reader.js';
import { openEmbeddedEventStore } from '../../stores/event-store/embedded/open-embedded-event-store.js';
import type { ReaderQuery } from '../../stores/event-store/embedded/reader-protocol.js';
import { unpackEvents } from '../../stores/event-store/embedded/row-frames.js';
import { collect, idsOf, newEvents } from '../support/new-events.js';

let folder: string;
let sound: string;
let events: readonly RecordedEvent[];

/** A sound log of 600 events in 50 streams, most of them in the lookup tables. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cebe-damage-'));
  sound = join(folder, 'sound.sqlite');
  const { store } = await openEmbeddedEventStore({ file: sound, segmentEvents: 64 });
  for (let round = 0; round < 4; round += 1) {
    for (let stream = 0; stream < 50; stream += 1) {
      const name = `${stream % 5 === 0 ? 'segment' : 'customer'}-w1.${String(stream)}`;
      await store.append(name, round === 0 ? 'no_stream' : BigInt(round * 3) - 1n, newEvents(3));
    }
  }
  events = await collect(store.readAll({ after: BEFORE_FIRST }));
  await store.close();
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function copyOf(name: string): Promise<string> {
  const file = join(folder, `${name}.sqlite`);
  for (const ending of ['-wal', '-shm']) await rm(`${file}${ending}`, { force: true });
  await copyFile(sound, file);
  return file;
}

async function flip(file: string, offset: number): Promise<void> {
  const handle = await open(file, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, offset);
  byte[0] = (byte[0] ?? 0) ^ (1 << (offset % 8));
  await handle.write(byte, 0, 1, offset);
  await handle.close();
}

interface Reading {
  /** Codes of what was refused. */
  readonly refused: ReadonlySet<string>;
  /** False when something that is stored was not found. */
  readonly complete: boolean;
  /** Where the damage is said to be; undefined where it is said to be unknown. */
  readonly positions: readonly unknown[];
}

/** Opens the log as the two threads do and reads everything in every way. Whatever is served must be what was stored. */
function readEverything(file: string): Reading {
  const refused = new Set<string>();
  const positions: unknown[] = [];
  let complete = true;
  const limits = { events: 1000, bytes: 1e9 };
  const wanted: (readonly [ReaderQuery, readonly RecordedEvent[]])[] = [
    [{ kind: 'all', after: -1, until: 1e6, categories: null, limits }, events],
    [
      { kind: 'all', after: -1, until: 1e6, categories: ['segment'], limits },
      events.filter((event) => event.stream.startsWith('segment-')),
    ],
    ...[...new Set(events.map((event) => event.stream))].map(
      (stream) =>
        [
          { kind: 'stream', stream, from: 0, backwards: false, limits },
          events.filter((event) => event.stream === stream),
        ] as const,
    ),
    [{ kind: 'pins', ids: idsOf(events) }, events],
  ];
  const opened: Database[] = [];
  try {
    const writing = openLogForWriting(file);
    opened.push(writing);
    createGroupCommitter(writing);
    const reading = openLogForReading(file);
    opened.push(reading);
    const reader = createLogReader(reading);
    for (const [query, expected] of wanted) {
      const [answer] = reader.answer([query]);
      if (answer?.kind === 'failed') {
        refused.add(answer.error.code);
        positions.push(answer.error.details['position']);
      }
      if (answer?.kind === 'pins' && answer.pins.length < expected.length) complete = false;
      if (answer?.kind !== 'chunk') continue;
      const served = unpackEvents(answer.chunk.packed);
      const known = new Map(expected.map((event) => [event.id, event]));
      expect(served.filter((event) => !isDeepStrictEqual(event, known.get(event.id)))).toEqual([]);
      if (answer.chunk.damage !== undefined) {
        refused.add(answer.chunk.damage.code);
        positions.push(answer.chunk.damage.details['position']);
      } else if (served.length < expected.length) complete = false;
    }
  } catch (error) {
    refused.add(codeOf(error));
    if (error instanceof EngineError) positions.push(error.details['position']);
  }
  for (const db of opened) db.close();
  return { refused, complete, positions };
}

function codeOf(error: unknown): string {
  return error instanceof EngineError ? error.code : String(error);
}

describe('one flipped byte', () => {
  it('in each of 200 places is refused, found by the deep check, or harmless, and never served', async () => {
    const { size } = await stat(sound);
    const counts = { refused: 0, found: 0, harmless: 0 };
    for (let place = 0; place < 200; place += 1) {
      const offset = Math.floor((place * size) / 200 + ((place * 7919) % Math.floor(size / 200)));
      const file = await copyOf('flipped');
      await flip(file, offset);
      const { problems } = examineLog(file, 'deep', () => undefined);
      const { refused, complete, positions } = readEverything(file);
      const strange = positions.filter((position) => !events.some((event) => event.position === position));
      expect({ offset, strange: strange.filter((position) => position !== undefined) }).toEqual({ offset, strange: [] });
      expect(problems.filter(({ position = 0n }) => position < 0n)).toEqual([]);
      for (const code of refused) expect(['corrupt_event', 'store_format_unsupported']).toContain(code);
      if (refused.size > 0 || !complete) expect({ offset, found: problems.length > 0 }).toEqual({ offset, found: true });
      if (refused.size > 0) counts.refused += 1;
      else if (problems.length > 0) counts.found += 1;
      else counts.harmless += 1;
    }
    expect(counts.refused + counts.found + counts.harmless).toBe(200);
    expect(counts.refused).toBeGreaterThan(100);
  });
});

describe('damage to an event', () => {
  async function damagedBy(sql: string): Promise<string> {
    const file = await copyOf('edited');
    const db = new DatabaseSync(file);
    db.exec(sql);
    db.close();
    return file;
  }

  it.each([
    ['another body', "UPDATE events SET body = CAST('{}' AS BLOB) WHERE position = 100"],
    ['another revision', 'UPDATE events SET revision = revision + 1 WHERE position = 100'],
    ['another stream', 'UPDATE events SET stream = stream + 1 WHERE position = 100'],
    ['a missing row', 'DELETE FROM events WHERE position = 100'],
    ['a row moved here', 'DELETE FROM events WHERE position = 100; UPDATE events SET position = 100 WHERE position = 599'],
  ])('(%s) is refused with its position, after the intact events before it', async (_, sql) => {
    const file = await damagedBy(sql);
    const { store } = await openEmbeddedEventStore({ file });
    const served: RecordedEvent[] = [];
    const reading = (async () => {
      for await (const event of store.readAll({ after: BEFORE_FIRST })) served.push(event);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'corrupt_event', details: { position: 100n } });
    expect(served).toEqual(events.slice(0, 100));
    const following = collect(store.subscribe({ after: 98n, signal: new AbortController().signal }));
    await expect(following).rejects.toMatchObject({ code: 'corrupt_event', details: { position: 100n } });
    expect(await collect(store.readAll({ after: 100n, limit: 400 }))).toEqual(events.slice(101, 501));
    await store.close();
    const { problems } = await checkIntegrity(file, { depth: 'deep' });
    expect(problems.map((problem) => problem.position)).toContain(100n);
  });

  it.each([
    ['by_id', 'DELETE FROM by_id WHERE position = 5'],
    ['by_id', 'UPDATE by_id SET position = 6 WHERE position = 5'],
    ['by_stream', 'DELETE FROM by_stream WHERE position = 5'],
    ['by_name', 'DELETE FROM by_name WHERE stream = 7'],
    ['by_category', 'DELETE FROM by_category WHERE position = 5'],
    ['by_category', 'UPDATE categories SET name = name || name WHERE id = 1'],
  ])('in %s is found by the deep check', async (table, sql) => {
    const { problems } = await checkIntegrity(await damagedBy(sql), { depth: 'deep' });
    expect(problems.map((problem) => problem.detail).join()).toContain(table);
  });

  it('among the newest events refuses to open, because every append rests on them', async () => {
    const file = await damagedBy("UPDATE events SET body = CAST('{}' AS BLOB) WHERE position = 599");
    await expect(openEmbeddedEventStore({ file })).rejects.toMatchObject({ code: 'corrupt_event', details: { position: 599n } });
    expect((await checkIntegrity(file, { depth: 'quick' })).problems).toMatchObject([{ position: 599n }]);
  });

  it('at the end of a stream refuses appends to it, and to no other', async () => {
    const file = await damagedBy("UPDATE events SET body = CAST('{}' AS BLOB) WHERE position = 302");
    const { store } = await openEmbeddedEventStore({ file });
    const stream = events[302]?.stream ?? '';
    await expect(collect(store.readStream(stream))).rejects.toMatchObject({ code: 'corrupt_event', details: { position: 302n } });
    await store.append('customer-w1.other', 'no_stream', newEvents(1));
    await store.close();
  });
});

describe('the check', () => {
  it('finds nothing in a sound log and says how far it is', async () => {
    const steps: number[] = [];
    const report = await checkIntegrity(sound, { depth: 'deep', onProgress: (done, total) => steps.push(done / total) });
    expect(report).toEqual({ depth: 'deep', events: 600, problems: [] });
    expect(steps.at(-1)).toBe(1);
    expect(await checkIntegrity(sound, { depth: 'quick' })).toEqual({ depth: 'quick', events: 600, problems: [] });
  });

  it('reports a file that is no log at all', async () => {
    const { problems } = await checkIntegrity(__filename, { depth: 'deep' });
    expect(problems).toHaveLength(1);
    await expect(openEmbeddedEventStore({ file: __filename })).rejects.toMatchObject({ code: 'corrupt_event' });
    expect((await readFile(__filename)).length).toBeGreaterThan(0);
  });
});
