import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../contracts/json.js';
import type { Filter } from '../../stores/document-store/filter.js';
import { type Collections, openCollections } from '../../stores/document-store/embedded/collections.js';
import type { Database } from '../../stores/document-store/embedded/database.js';
import { writeRows } from '../../stores/document-store/embedded/documents.js';
import { countByStatement, countStatement, findStatements } from '../../stores/document-store/embedded/queries.js';
import { encodeWrites } from '../../stores/document-store/embedded/rows.js';
import { openDatabase } from '../../stores/document-store/embedded/schema.js';
import type { Sql } from '../../stores/document-store/embedded/scalar-tests.js';
import { newDocument } from '../support/documents.js';

const collection = 'things@v1';
const city = { kind: 'eq', path: ['city'], value: 'Jakarta' } as const satisfies Filter;
const cities = { kind: 'in', path: ['city'], values: ['Jakarta', 'Bandung'] } as const satisfies Filter;
const recent = { kind: 'range', path: ['seen_at'], gte: '2026-11-01', lt: '2026-12-01' } as const satisfies Filter;
const email = { kind: 'eq', path: ['hashes', 'email'], value: 'abc' } as const satisfies Filter;
const many = { kind: 'range', path: ['orders'], gte: 2 } as const satisfies Filter;

describe('what SQLite does for a query of the embedded document store', () => {
  let folder = '';
  let database: Database;
  let collections: Collections;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cebe-plans-'));
    database = openDatabase(join(folder, 'documents.sqlite'));
    collections = openCollections(database);
    collections.ensure(collection, [
      { name: 'city', paths: [['city']] },
      { name: 'seen', paths: [['seen_at']] },
      { name: 'orders', paths: [['orders']] },
      { name: 'email', paths: [['hashes', 'email']] },
    ]);
    store('w/1', { city: 'Jakarta', seen_at: '2026-11-22', orders: 3, hashes: { email: 'abc' } });
  });

  afterAll(async () => {
    database.close();
    await rm(folder, { recursive: true });
  });

  function store(id: string, body: JsonObject): void {
    const lost = writeRows(database, collections.getToWrite(collection), {
      writes: encodeWrites([newDocument(id, body)]),
      now: 0,
    });
    expect(lost).toEqual([]);
  }

  function planOf(statement: Sql | null | undefined): string {
    const { text, parameters } = statement ?? { text: 'SELECT 1', parameters: [] };
    return database
      .rows(`EXPLAIN QUERY PLAN ${text}`, ...parameters)
      .map((row) => String(row[3]))
      .join('; ');
  }

  const planOfCount = (filter?: Filter): string =>
    planOf(countStatement({ database, collections }, { collection, now: 0, idPrefix: 'w/', ...(filter && { filter }) }));
  const planOfFind = (options: Parameters<typeof findStatements>[1]): string =>
    planOf(findStatements({ database, collections }, options)[0]);

  it.each([
    ['eq', city, /^SEARCH c1 USING COVERING INDEX c1:city \(v1=\?/],
    ['in', cities, /SEARCH c1 USING COVERING INDEX c1:city \(v1=\?/],
    ['a range of texts', recent, /^SEARCH c1 USING COVERING INDEX c1:seen \(v2>\? AND v2<\?\)/],
    ['a range of numbers', many, /^SEARCH c1 USING INDEX c1:orders \(v3>\? AND v3<\?\)/],
    ['eq of a nested field', email, /^SEARCH c1 USING COVERING INDEX c1:email \(v4=\?/],
    ['and', { kind: 'and', filters: [email, recent, many] }, /^SEARCH c1 USING INDEX c1:email \(v4=\?/],
    ['or', { kind: 'or', filters: [city, email] }, /^MULTI-INDEX OR/],
    ['nothing but the prefix', undefined, /^SEARCH c1 USING COVERING INDEX c1: \(id>\? AND id<\?\)/],
  ] as const)('counts by index with %s', (_name, filter, plan) => {
    expect(planOfCount(filter)).toMatch(plan);
    expect(planOfCount(filter)).not.toMatch(/SCAN c1/);
  });

  it('counts by value in the index alone', () => {
    expect(planOf(countByStatement({ database, collections }, { collection, now: 0, path: ['city'] }))).toMatch(
      /COVERING INDEX c1:city/,
    );
  });

  it('walks in id order without sorting, also through one value of an index', () => {
    const walk = { collection, now: 0, limit: 1_000, after: { id: 'w/0' } };
    expect(planOfFind(walk)).toBe('SEARCH c1 USING INDEX c1: (id>?)');
    expect(planOfFind({ ...walk, filter: city })).toMatch(/SEARCH c1 USING COVERING INDEX c1:city \(v1=\? AND id>\?\)/);
  });

  it('reads sorted pages from the index', () => {
    const sorted = { collection, now: 0, limit: 100, sort: { path: ['seen_at'], direction: 'asc' } } as const;
    expect(planOfFind(sorted)).toMatch(/SEARCH c1 USING COVERING INDEX c1:seen \(v2<\?\)/);
    expect(planOfFind({ ...sorted, after: { id: 'w/1', value: '2026' } })).toMatch(
      /USING COVERING INDEX c1:seen \(v2>\? AND v2<\?\)/,
    );
  });

  it('still uses the index, and looks into arrays, once a document holds one', () => {
    store('w/2', { city: ['Jakarta', 'Bogor'] });
    expect(planOfCount(city)).toMatch(
      /^MULTI-INDEX OR.*SEARCH c1 USING INDEX c1:city \(v1=\?.*SEARCH c1 USING INDEX c1:city \(v1=\?/,
    );
    const statement = countStatement({ database, collections }, { collection, now: 0, filter: city });
    expect(database.row(statement?.text ?? '', ...(statement?.parameters ?? []))).toEqual([2n]);
  });
});
