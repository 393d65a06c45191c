import { pipeline, Readable } from 'node:stream';
import { parse, type Info } from 'csv-parse';
import { EngineError } from '../../contracts/errors.js';
import type { Refused } from '../sending/outgoing-entry.js';
import type { ImportMap } from './map-schema.js';
import type { SourceRow } from './map-row.js';

/** What a CSV file gives: rows, and what cannot be read as one. */
export type CsvItem =
  { readonly kind: 'row'; readonly source: SourceRow } | { readonly kind: 'refused'; readonly refused: Refused };

export interface CsvOptions extends NonNullable<ImportMap['csv']> {
  /** Called with the names of the columns before the first row. */
  readonly onColumns: (columns: readonly string[]) => void;
}

/** A row larger than this has a quote that nobody closed. */
const LARGEST_ROW = 1_048_576;

/**
 * The rows of a CSV text, one at a time; `line` is the last line of a row. A quote inside of a value that is not quoted is a character like
 * others. Throws `invalid_input` for a text without a usable header, and for a quote that is never closed: what follows it is no row.
 */
export async function* csvRows(texts: AsyncIterable<string>, options: CsvOptions): AsyncGenerator<CsvItem> {
  const { delimiter, quote } = options;
  const parser = parse({
    bom: true,
    delimiter,
    quote,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: LARGEST_ROW,
  });
  // A failure of the source ends the parser with it, and so the loop below.
  pipeline(Readable.from(texts), parser, () => undefined);
  let columns = options.columns === undefined ? null : checkedColumns(options.columns);
  if (columns !== null) options.onColumns(columns.names);
  let last = 0;
  try {
    // With `info` and without `columns`, each record is a list of texts beside the counters.
    for await (const { record, info } of parser as AsyncIterable<{ record: readonly string[]; info: Info }>) {
      last = info.lines;
      if (columns === null) {
        columns = checkedColumns(record);
        options.onColumns(columns.names);
      } else yield itemOf(record, info.lines, columns);
    }
  } catch (error) {
    if (!isParserError(error)) throw error;
    const message = `Expected rows of CSV of at most ${LARGEST_ROW} characters; a quote somewhere behind line ${last} is not closed.`;
    throw new EngineError('invalid_input', message, { cause: error });
  }
  if (columns === null)
    throw new EngineError('invalid_input', 'Expected a first line with the names of the columns; there is no line.');
}

/** The parser's own messages may quote the row. */
function isParserError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE';
}

interface Columns {
  readonly names: readonly string[];
  readonly at: ReadonlyMap<string, number>;
}

function checkedColumns(given: readonly string[]): Columns {
  const names = given.map((name) => name.trim());
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated === undefined) return { names, at: new Map(names.map((name, index) => [name, index])) };
  throw new EngineError(
    'invalid_input',
    `Expected columns of different names; ${repeated === '' ? 'several have none' : `${repeated} comes twice`}.`,
  );
}

function itemOf(record: readonly string[], line: number, { names, at }: Columns): CsvItem {
  if (record.length !== names.length) {
    const detail = `expected ${names.length} columns, found ${record.length}`;
    return { kind: 'refused', refused: { line, code: 'row_invalid', detail, row: record } };
  }
  const get = (name: string): unknown => record[at.get(name) ?? -1];
  const row = Object.fromEntries(names.map((name, index) => [name, record[index] ?? '']));
  return { kind: 'row', source: { line, get, row } };
}
