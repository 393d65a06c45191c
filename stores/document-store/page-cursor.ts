import { createHash } from 'node:crypto';
import { EngineError } from '../../contracts/errors.js';
import type { JsonObject } from '../../contracts/json.js';
import type { FindOptions } from './document-store.port.js';
import type { FilterValue } from './filter.js';
import { valueAt } from './matches-filter.js';

/** The last document of a page: its id and, where the page is sorted and the document has one, its sort value. */
export interface PageEnd {
  readonly id: string;
  readonly value?: FilterValue;
}

type Query = Pick<FindOptions, 'idPrefix' | 'filter' | 'sort'>;

const VERSION = 1;

/** Where a page ends that ends with this document. */
export function endOfPage(query: Query, last: { readonly id: string; readonly body: JsonObject }): PageEnd {
  const value = query.sort === undefined ? undefined : valueAt(last.body, query.sort.path);
  return value === undefined || typeof value === 'object' ? { id: last.id } : { id: last.id, value };
}

/** An opaque text that `readCursor` understands for the same query, and only for that. */
export function writeCursor(collection: string, query: Query, end: PageEnd): string {
  const fields = [VERSION, fingerprint(collection, query), end.id, ...(end.value === undefined ? [] : [end.value])];
  return Buffer.from(JSON.stringify(fields)).toString('base64url');
}

/** Where the page before ended; `invalid_input` for a cursor that is damaged or belongs to another query. */
export function readCursor(collection: string, query: Query, cursor: string): PageEnd {
  const fields = parse(cursor);
  if (!Array.isArray(fields) || fields[0] !== VERSION) throw foreign('is not one of this store');
  const [, query_of_cursor, id, value] = fields.map((field: unknown) => field);
  if (query_of_cursor !== fingerprint(collection, query)) throw foreign('belongs to another query');
  if (typeof id !== 'string' || !isValue(value)) throw foreign('is damaged');
  return value === undefined ? { id } : { id, value };
}

function isValue(value: unknown): value is FilterValue | undefined {
  return value === undefined || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}

function fingerprint(collection: string, query: Query): string {
  const asked = { collection, prefix: query.idPrefix ?? '', filter: query.filter ?? { kind: 'all' }, sort: query.sort ?? [] };
  return createHash('sha256').update(JSON.stringify(asked, inKeyOrder)).digest('base64url').slice(0, 16);
}

function inKeyOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function foreign(reason: string): EngineError {
  return new EngineError('invalid_input', `expected a cursor of an earlier answer to the same query, found one that ${reason}`);
}
