import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createGroupCommitter } from '../../../../stores/event-store/embedded/group-commit.js';
import { openLogForWriting, readNumber, type Database } from '../../../../stores/event-store/embedded/log-file.js';
import { appendTo } from '../../../support/framed-append.js';

let folder: string;
let db: Database;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cebe-group-'));
  db = openLogForWriting(join(folder, 'log.sqlite'));
});

afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A row that breaks a deferred constraint: SQLite refuses it at the commit itself, as it would a disk that fails. */
function breakTheCommit(): void {
  db.exec(`CREATE TEMP TABLE parent (id INTEGER PRIMARY KEY);
    CREATE TEMP TABLE child (parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
    CREATE TEMP TRIGGER broken AFTER INSERT ON main.events BEGIN INSERT INTO child VALUES (1); END`);
}

it('does not know the outcome of a group whose commit failed, and takes nothing more', () => {
  const committer = createGroupCommitter(db);
  committer.commit([appendTo('customer-w1.a')]);
  breakTheCommit();
  expect(() => committer.commit([appendTo('customer-w1.b')])).toThrow(
    expect.objectContaining({ code: 'append_outcome_unknown' }),
  );
  db.exec('DROP TRIGGER broken');
  expect(() => committer.commit([appendTo('customer-w1.c')])).toThrow(expect.objectContaining({ code: 'store_unavailable' }));
  expect(readNumber(db, 'SELECT count(*) FROM events')).toBe(1);
});

it('stores nothing of a group that could not be written, and takes nothing more', () => {
  const committer = createGroupCommitter(db);
  db.exec("CREATE TEMP TRIGGER full BEFORE INSERT ON main.events BEGIN SELECT raise(ABORT, 'no room'); END");
  expect(() => committer.commit([appendTo('customer-w1.a')])).toThrow(expect.objectContaining({ code: 'store_unavailable' }));
  db.exec('DROP TRIGGER full');
  expect(() => committer.commit([appendTo('customer-w1.b')])).toThrow(expect.objectContaining({ code: 'store_unavailable' }));
  expect(readNumber(db, 'SELECT count(*) FROM events')).toBe(0);
});
