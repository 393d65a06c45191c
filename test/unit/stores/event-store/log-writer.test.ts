import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { openLogWriter, type LogWriter } from '../../../../stores/event-store/embedded/log-writer.js';
import { appendTo } from '../../../support/framed-append.js';

let folder: string;
let file: string;
let writer: LogWriter;
let recovered: Promise<void>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cebe-writer-'));
  file = join(folder, 'log.sqlite');
  recovered = new Promise((resolve) => {
    writer = openLogWriter({ file, retryMs: 10, onRecovered: resolve });
  });
});

afterEach(() => {
  writer.close();
  rmSync(folder, { recursive: true, force: true });
});

/** From another connection, as a reader or a full disk would be. */
function inFile(sql: string): void {
  const database = new DatabaseSync(file, { timeout: 5000 });
  database.exec(sql);
  database.close();
}

/** SQLite refuses the row at the commit itself. */
const breakTheCommit = `CREATE TABLE parent (id INTEGER PRIMARY KEY);
  CREATE TABLE child (parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
  CREATE TRIGGER broken AFTER INSERT ON events BEGIN INSERT INTO child VALUES (1); END`;

it('takes appends again after a commit that failed, right behind what was durable', async () => {
  writer.commit([appendTo('customer-w1.a')]);
  inFile(breakTheCommit);
  expect(() => writer.commit([appendTo('customer-w1.b')])).toThrow(expect.objectContaining({ code: 'append_outcome_unknown' }));
  expect(writer.next).toBe(1);
  expect(() => writer.commit([appendTo('customer-w1.c')])).toThrow(expect.objectContaining({ code: 'store_unavailable' }));
  inFile('DROP TRIGGER broken');
  await recovered;
  expect(writer.commit([appendTo('customer-w1.b')])).toEqual([{ placed: [{ revision: 0, position: 1, duplicate: false }] }]);
});

it('knows what was durable after an append that failed', async () => {
  const before = appendTo('customer-w1.a');
  writer.commit([before]);
  inFile("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT raise(ABORT, 'no room'); END");
  expect(() => writer.commit([appendTo('customer-w1.b')])).toThrow(expect.objectContaining({ code: 'store_unavailable' }));
  inFile('DROP TRIGGER full');
  await recovered;
  // What was durable is known again, read from the file.
  expect(writer.commit([before])).toMatchObject([{ placed: [{ revision: 0, position: 0, duplicate: true }] }]);
  expect(writer.next).toBe(1);
});

it('makes no new log where the file is gone, however often it tries', () => {
  writer.commit([appendTo('customer-w1.a')]);
  inFile("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT raise(ABORT, 'no room'); END");
  jest.useFakeTimers();
  try {
    expect(() => writer.commit([appendTo('customer-w1.b')])).toThrow(expect.objectContaining({ code: 'store_unavailable' }));
    rmSync(file);
    jest.advanceTimersByTime(100);
    expect(existsSync(file)).toBe(false);
    expect(() => writer.commit([appendTo('customer-w1.c')])).toThrow(expect.objectContaining({ code: 'store_unavailable' }));
  } finally {
    jest.useRealTimers();
  }
});
