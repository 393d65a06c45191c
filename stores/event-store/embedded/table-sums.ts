import { crc32 } from 'node:zlib';
import { damaged } from './log-errors.js';
import type { Database } from './log-file.js';
import type { LogRow } from './log-rows.js';

/** Compares the lookup tables with the log without looking anything up: both sides add up a fingerprint of what they hold. */
export interface TableSums {
  /** Takes an intact row of the log. */
  add(row: LogRow, category: string): void;
  /** Compares, once all rows were added. */
  compare(found: (error: unknown) => void): void;
}

/** Sums in whole numbers, so that the order does not matter; 2^20 events of 32 bits stay exact. */
class Sum {
  #count = 0;
  #total = 0n;
  #part = 0;

  add(fingerprint: number): void {
    this.#count += 1;
    this.#part += fingerprint;
    if (this.#count % 1_000_000 === 0) this.#fold();
  }

  get text(): string {
    this.#fold();
    return `${String(this.#count)} entries, sum ${String(this.#total)}`;
  }

  #fold(): void {
    this.#total += BigInt(this.#part);
    this.#part = 0;
  }
}

const numbers = new Float64Array(3);
const bytes = new Uint8Array(numbers.buffer);

function fingerprint(first: number, second: number, third: number): number {
  numbers[0] = first;
  numbers[1] = second;
  numbers[2] = third;
  return crc32(bytes);
}

/** Sums for a log whose lookup tables reach up to `indexedTo`; what lies behind may be in them already and is left out on both sides. */
export function createTableSums(db: Database, indexedTo: number): TableSums {
  const expected = { id: new Sum(), stream: new Sum(), name: new Sum(), category: new Sum() };
  let lastIndexedStream = 0;
  let previous: { readonly stream: number; readonly revision: number } = { stream: 0, revision: -1 };

  function sumOf(sql: string, parameter: number, print: (row: readonly unknown[]) => number): string {
    const sum = new Sum();
    for (const row of db.prepare(sql).iterate(parameter) as Iterable<readonly unknown[]>) sum.add(print(row));
    return sum.text;
  }

  function contiguous(stream: number, revision: number, position: number): number {
    const follows = stream === previous.stream ? revision === previous.revision + 1 : revision === 0;
    if (!follows)
      throw damaged(
        position,
        `by_stream with revision ${String(revision)} behind revision ${String(previous.revision)} of its stream`,
      );
    previous = { stream, revision };
    return fingerprint(stream, revision, position);
  }

  return {
    add(row, category) {
      expected.category.add(fingerprint(crc32(category), row.position, 0));
      if (row.position >= indexedTo) return;
      expected.id.add(fingerprint(crc32(row.id), row.position, 0));
      expected.stream.add(fingerprint(row.streamNumber, row.revision, row.position));
      if (row.revision !== 0) return;
      expected.name.add(fingerprint(crc32(row.stream), row.streamNumber, 0));
      lastIndexedStream = Math.max(lastIndexedStream, row.streamNumber);
    },
    compare(found) {
      const tables = [
        [
          'by_stream',
          expected.stream,
          () =>
            sumOf(
              'SELECT stream, revision, position FROM by_stream WHERE position < ? ORDER BY stream, revision',
              indexedTo,
              (row) => contiguous(...(row as readonly [number, number, number])),
            ),
        ],
        [
          'by_id',
          expected.id,
          () =>
            sumOf('SELECT id, position FROM by_id WHERE position < ?', indexedTo, (row) =>
              fingerprint(crc32(row[0] as Uint8Array), row[1] as number, 0),
            ),
        ],
        [
          'by_name',
          expected.name,
          () =>
            sumOf('SELECT name, stream FROM by_name WHERE stream <= ?', lastIndexedStream, (row) =>
              fingerprint(crc32(row[0] as string), row[1] as number, 0),
            ),
        ],
        [
          'by_category',
          expected.category,
          () =>
            sumOf(
              'SELECT c.name, b.position FROM by_category b JOIN categories c ON c.id = b.category WHERE b.position >= ?',
              0,
              (row) => fingerprint(crc32(row[0] as string), row[1] as number, 0),
            ),
        ],
      ] as const;
      for (const [table, sum, actual] of tables) {
        try {
          const held = actual();
          if (held !== sum.text) found(damaged('unknown', `${table} with ${held} where the events make ${sum.text}`));
        } catch (error) {
          found(error);
        }
      }
    },
  };
}
