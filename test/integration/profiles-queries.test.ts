import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { profileId, type ProfileDocument } from '../../contracts/read-models/profile.js';
import type { Profiles } from '../../contracts/read-models/profiles.port.js';
import { compileRule } from '../../domain/segment/rule-program.js';
import { createProfiles } from '../../projections/profiles/profiles.queries.js';
import type { DocumentStore } from '../../stores/document-store/document-store.port.js';
import { openEmbeddedDocumentStore } from '../../stores/document-store/embedded/open-embedded-document-store.js';
import { customerStream, foldProfile, profilesIn } from '../support/profiles.js';
import { ruleJson, ruleOf, testHash } from '../support/rules.js';

const zone = 'Asia/Jakarta';
const collection = 'profiles@v1';
const stored = fc
  .sample(fc.array(customerStream('x'), { minLength: 150, maxLength: 150 }), { numRuns: 1, seed: 7 })
  .flat()
  .flatMap((log, index): readonly ProfileDocument[] => {
    const profile = foldProfile(log, zone);
    return profile === null ? [] : [{ ...profile, customer_id: `c${String(1_000 + index)}` }];
  });

let folder: string;
let documents: DocumentStore;
let profiles: Profiles;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cebe-profiles-'));
  documents = await openEmbeddedDocumentStore({ file: join(folder, 'documents.sqlite'), clock: () => 0 });
  await documents.ensureCollection(collection, profilesIn(zone).indexes);
  const write = (workspace: string, profile: ProfileDocument, body: ProfileDocument | null) =>
    ({ id: profileId(workspace, profile.customer_id), expected: 'none', position: 1n, body }) as const;
  await documents.put(
    collection,
    stored.map((profile) => write('w1', profile, profile)),
  );
  await documents.put(
    collection,
    stored.slice(0, 3).map((profile) => write('w2', profile, null)),
  );
  profiles = createProfiles({ documents, collection: () => collection });
});
afterAll(async () => {
  await documents.close();
  await rm(folder, { recursive: true });
});

async function walk(filter?: Parameters<Profiles['count']>[1]): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await profiles.page('w1', {
      limit: 40,
      ...(filter === undefined ? {} : { filter }),
      ...(after === undefined ? {} : { after }),
    });
    ids.push(...page.profiles.map(({ customer_id }) => customer_id));
    if (page.next === null) return ids;
    after = page.next;
  }
}

describe('the profiles in a document store', () => {
  it('are found by id, one and many', async () => {
    const [first, second] = stored;
    if (first === undefined || second === undefined) throw new Error('Expected profiles.');
    expect(await profiles.get('w1', first.customer_id)).toEqual(first);
    expect(await profiles.get('w1', 'nobody')).toBeNull();
    expect(await profiles.get('w2', first.customer_id)).toBeNull();
    const found = await profiles.getMany('w1', [second.customer_id, 'nobody', first.customer_id]);
    expect([...found.keys()].sort()).toEqual([first.customer_id, second.customer_id]);
  });

  it('are found by the keyed hash of an identifier', async () => {
    const hash = testHash('ada') ?? '';
    const expected = stored.filter(({ hashes }) => hashes.email === hash).map(({ customer_id }) => customer_id);
    expect(expected.length).toBeGreaterThan(0);
    expect((await profiles.findByHash('w1', 'email', hash)).map(({ customer_id }) => customer_id)).toEqual(expected);
    expect(await profiles.findByHash('w2', 'email', hash)).toEqual([]);
  });

  it('are walked through in id order, without those of other workspaces', async () => {
    expect(await walk()).toEqual(stored.map(({ customer_id }) => customer_id));
    expect(await profiles.count('w1')).toBe(stored.length);
    expect(await profiles.count('w2')).toBe(0);
  });

  it('are narrowed by a rule without losing a member', async () => {
    await fc.assert(
      fc.asyncProperty(ruleJson, fc.integer({ min: 0, max: 20 }), async (json, days) => {
        const program = compileRule(ruleOf({ op: 'AND', rules: [json] }));
        const time = { instant: Date.parse('2026-11-22T12:00:00.000Z') - days * 86_400_000, zone };
        const members = stored.filter(program.predicateAt(time)).map(({ customer_id }) => customer_id);
        const found = new Set(await walk(program.filterAt(time)));
        expect(members.filter((member) => !found.has(member))).toEqual([]);
        expect(await profiles.count('w1', program.filterAt(time))).toBe(found.size);
      }),
      { numRuns: 150 },
    );
  });

  it('are narrowed by the largest rules too', async () => {
    const test = { type: 'behavior', event: 'order_created', op: 'did_not_event', within_days: 30, count_gte: 1, count_lte: 3 };
    const listed = {
      type: 'attribute',
      field: 'city',
      op: 'in',
      value: Array.from({ length: 1_000 }, (_, index) => `c${String(index)}`),
    };
    const nest = (rule: unknown, levels: number): unknown =>
      levels === 0 ? rule : { op: levels % 2 === 0 ? 'OR' : 'NOT', rules: [nest(rule, levels - 1)] };
    const rules = Array.from({ length: 100 }, (_, index) => nest(index % 10 === 0 ? listed : test, 7));
    for (const op of ['AND', 'OR']) {
      const filter = compileRule(ruleOf({ op, rules })).filterAt({ instant: Date.parse('2026-11-22T12:00:00.000Z'), zone });
      expect(await profiles.count('w1', filter)).toBeLessThanOrEqual(stored.length);
    }
  });
});
