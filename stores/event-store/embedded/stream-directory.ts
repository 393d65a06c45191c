import type { Database } from './log-file.js';
import { readNumber } from './log-file.js';
import type { LogLookup } from './log-lookup.js';
import { createRecentMap } from './recent-map.js';
import { nameChecksum } from './row-checksum.js';

/** A stream as the writer holds it; `head` moves as events are appended, and `number` is 0 until the first one is. */
export interface WritableStream {
  readonly name: string;
  readonly nameCrc: number;
  number: number;
  category: number;
  head: number;
}

/** The writer's view of which streams exist and where they end. */
export interface StreamDirectory {
  /** The stream, `head` -1 when it does not exist. */
  find(name: string): WritableStream;
  /** Gives a stream its number and category, within the caller's transaction. */
  begin(stream: WritableStream): void;
}

/** A category is the part of a stream's name before the first dash. */
export function categoryOf(stream: string): string {
  const dash = stream.indexOf('-');
  return dash < 0 ? stream : stream.slice(0, dash);
}

/** The directory of the writer; the streams used lately are kept in memory. */
export function createStreamDirectory(db: Database, lookup: LogLookup): StreamDirectory {
  const insertStream = db.prepare('INSERT INTO streams VALUES (?, ?)');
  const insertCategory = db.prepare('INSERT INTO categories VALUES (?, ?)');
  const streams = createRecentMap<string, WritableStream>(65_536);
  const categories = new Map(db.prepare('SELECT name, id FROM categories').all() as [string, number][]);
  let nextNumber = readNumber(db, 'SELECT coalesce(max(id), 0) FROM streams') + 1;

  function categoryNumber(name: string): number {
    const known = categories.get(name);
    if (known !== undefined) return known;
    const number = categories.size + 1;
    insertCategory.run(number, name);
    categories.set(name, number);
    return number;
  }

  return {
    find(name) {
      const known = streams.get(name);
      if (known !== undefined) return known;
      const number = lookup.streamNumber(name) ?? 0;
      const head = number === 0 ? -1 : (lookup.end(number)?.revision ?? -1);
      const category = head < 0 ? 0 : (categories.get(categoryOf(name)) ?? 0);
      const stream = { name, nameCrc: nameChecksum(name), number, category, head };
      streams.set(name, stream);
      return stream;
    },
    begin(stream) {
      stream.number = nextNumber;
      nextNumber += 1;
      insertStream.run(stream.number, stream.name);
      stream.category = categoryNumber(categoryOf(stream.name));
    },
  };
}
