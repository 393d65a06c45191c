import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accessMatrix, accessReference, type MatrixRow } from '../../api/access-reference.js';
import { routesOf } from '../../api/route-list.js';
import { roles, type Role } from '../../contracts/access.js';
import { openEngineUnderTest, type EngineUnderTest } from '../support/engine.js';
import { PATIENCE_MS } from '../support/patience.js';

const page = resolve(__dirname, '../../docs/reference/access-matrix.md');
// The catalogue has exactly these names.
const roleNames = Object.keys(roles) as readonly Role[];

describe('the access matrix', () => {
  let open: EngineUnderTest;
  let rows: readonly MatrixRow[];
  const keys = new Map<Role, string>();
  beforeAll(async () => {
    open = await openEngineUnderTest();
    await open.engine.api.ready();
    rows = accessMatrix(routesOf(open.engine.api));
    const context = { workspace: 'main', actor: 'test', at: new Date().toISOString() };
    for (const role of roleNames) {
      const { key, position } = await open.engine.modules.access.createKey({ name: role, source: role, role }, context);
      keys.set(role, key);
      await open.engine.runner.waitFor('api-keys', position, PATIENCE_MS);
    }
  });
  afterAll(() => open.close());

  /** What is answered before anything else is looked at; streams are not read to their end. */
  async function answerTo({ route, query }: MatrixRow, key: string | undefined): Promise<string> {
    const url = `${route.path.replace(/:\w+/g, 'none')}${query === undefined ? '' : `?${query}`}`;
    // `inject` takes the methods that routes have.
    const method = route.method as 'GET';
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const response = await open.engine.api.inject({ method, url, headers, payloadAsStream: true });
    if (response.statusCode < 400) {
      response.stream().destroy();
      return String(response.statusCode);
    }
    const chunks: Buffer[] = [];
    for await (const chunk of response.stream()) chunks.push(chunk as Buffer); // a reply without an encoding
    const text = Buffer.concat(chunks).toString();
    const code = /json/.test(String(response.headers['content-type'])) ? /"code":"(\w+)"/.exec(text)?.[1] : undefined;
    return `${response.statusCode} ${String(code)}`;
  }

  const nameOf = ({ route, query }: MatrixRow): string => `${route.method} ${route.path} ${query ?? ''}`;
  const guarded = (): readonly MatrixRow[] => rows.filter(({ scopes }) => scopes.length > 0);

  it('is what docs/reference/access-matrix.md says (else run scripts/generate-reference.mjs)', () => {
    expect(readFileSync(page, 'utf8')).toBe(accessReference(routesOf(open.engine.api)));
    expect(guarded().length).toBeGreaterThan(60);
  });

  it.each(roleNames)('holds for %s, call by call', async (role) => {
    const wrong: string[] = [];
    for (const row of guarded()) {
      const answer = await answerTo(row, keys.get(role));
      const isRight = row.roles.includes(role) ? !/^40[13]/.test(answer) : answer === '403 forbidden';
      if (!isRight) wrong.push(`${nameOf(row)} as ${role} ▸ ${answer}`);
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    ['no key', undefined],
    ['an unknown key', 'cebe_unknown'],
  ])('refuses %s everywhere but where none is needed', async (_what, key) => {
    const wrong: string[] = [];
    for (const row of rows) {
      const answer = await answerTo(row, key);
      const isRight = row.scopes.length === 0 ? !/^40[13]/.test(answer) : answer === '401 unauthenticated';
      if (!isRight) wrong.push(`${nameOf(row)} ▸ ${answer}`);
    }
    expect(wrong).toEqual([]);
  });
});
