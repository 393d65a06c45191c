import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { readConfig } from '../../app/config.js';
import { vaultKeyOf } from '../../app/stores.js';
import { createKeyWrapping, DESTROYED_KEY, keyBinding } from '../../stores/vault/key-wrapping.js';
import { customerSubject } from '../../stores/vault/subjects.js';
import { openEngineUnderTest, type EngineUnderTest } from '../support/engine.js';
import { filesHolding } from '../support/files-holding.js';
import { direct, PERSON, planted, plantPerson, pushes, quasi } from '../support/planted-person.js';

interface KeyRow {
  readonly key_id: string;
}

/** The person's row of a copied vault, whose files stay as they were. */
async function personalKeyIn(folder: string): Promise<KeyRow> {
  const scratch = `${folder}-scratch`;
  await cp(folder, scratch, { recursive: true });
  const database = new DatabaseSync(join(scratch, 'vault.sqlite'));
  try {
    const row: unknown = database.prepare('SELECT key_id FROM keys WHERE subject = ?').get(customerSubject(PERSON));
    return row as KeyRow; // as the table has it
  } finally {
    database.close();
  }
}

/** True when the bytes at some place of the file, as long as a wrapped key, pass. */
function anyPlace(file: Buffer, passes: (bytes: Uint8Array) => boolean): boolean {
  const { byteLength } = DESTROYED_KEY;
  for (let at = 0; at + byteLength <= file.byteLength; at += 1) if (passes(file.subarray(at, at + byteLength))) return true;
  return false;
}

const outbox = { without: ['outbox'] };
const reason = 'Asked for by letter of 22 November';

describe('a person who is erased', () => {
  let open: EngineUnderTest;
  let copies: string;
  beforeAll(async () => {
    open = await openEngineUnderTest();
    copies = await mkdtemp(join(tmpdir(), 'cebe-copies-'));
    await plantPerson(open);
  });
  afterAll(async () => {
    await open.close();
    await rm(copies, { recursive: true, force: true });
  });

  it('stands in no file, log line or masked answer by what names them', async () => {
    expect(await filesHolding(open.dataDir, direct, outbox)).toEqual([]);
    expect(open.logged.filter((line) => [...direct, ...quasi].some((text) => line.includes(text)))).toEqual([]);
    const { body } = await open.call('POST', '/v1/keys', { body: { name: 'analyst', source: 'bi', role: 'analyst' } });
    const answers = await Promise.all(
      [`/v1/customers/${PERSON}`, `/v1/customers/${PERSON}/timeline`, '/v1/customers'].map((url) =>
        open.call('GET', url, { key: String(body['key']) }),
      ),
    );
    for (const { status, text } of answers) {
      expect(status).toBe(200);
      expect(direct.filter((value) => text.includes(value))).toEqual([]);
    }
    expect((await open.call('GET', `/v1/customers/${PERSON}`)).text).toContain(planted.email);
  });

  it('is not erased for a reason that names them, nor by who may not', async () => {
    for (const naming of [`${planted.firstName} asked`, `asked from ${planted.email}`]) {
      expect(await open.call('POST', `/v1/customers/${PERSON}/erase`, { body: { reason: naming } })).toMatchObject({
        status: 400,
        body: { code: 'invalid_input', errors: [{ pointer: '/reason' }] },
      });
    }
    const { body } = await open.call('POST', '/v1/keys', { body: { name: 'support', source: 'desk', role: 'support' } });
    const refused = await open.call('POST', `/v1/customers/${PERSON}/erase`, { body: { reason }, key: String(body['key']) });
    expect(refused).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(await open.call('POST', '/v1/customers/nobody/erase', { body: { reason } })).toMatchObject({ status: 404 });
    expect(await open.call('GET', `/v1/customers/${PERSON}/erasure`)).toMatchObject({ status: 404 });
  });

  it('is erased with a certificate, which is the same ever after', async () => {
    await cp(open.dataDir, join(copies, 'before'), { recursive: true });
    const erased = await open.call('POST', `/v1/customers/${PERSON}/erase`, { body: { reason } });
    expect(erased).toMatchObject({
      status: 200,
      body: { certificate: { customers: [PERSON], cause: 'requested', done: { keys: 1, identifiers: 4, refused_entries: 2 } } },
    });
    expect((await open.call('POST', `/v1/customers/${PERSON}/erase`, { body: { reason: 'once more' } })).body).toEqual(
      erased.body,
    );
    const position = String(erased.body['position']);
    const shown = await open.call('GET', `/v1/customers/${PERSON}/erasure?min_position=${position}`);
    expect(shown.body).toMatchObject({ state: 'completed', reason, certificate: erased.body['certificate'], position });
    expect(await open.call('GET', '/v1/erasures?state=completed')).toMatchObject({ body: { data: [{ customer_id: PERSON }] } });
  });

  it('is in no file any more, and shown nowhere', async () => {
    expect(await filesHolding(open.dataDir, [...direct, ...quasi, planted.freeText], outbox)).toEqual([]);
    expect(await open.call('GET', `/v1/customers/${PERSON}`)).toMatchObject({ status: 404 });
    expect(await open.call('GET', `/v1/customers?email=${encodeURIComponent(planted.email)}`)).toMatchObject({
      body: { data: [] },
    });
    const timeline = await open.call('GET', `/v1/customers/${PERSON}/timeline`);
    expect([...direct, ...quasi].filter((text) => timeline.text.includes(text))).toEqual([]);
    expect(open.logged.filter((line) => [...direct, ...quasi].some((text) => line.includes(text)))).toEqual([]);
  });

  it('cannot be decrypted with a copy of the vault and its journal taken afterwards, not even by trying every place', async () => {
    const after = join(copies, 'after');
    await cp(open.dataDir, after, { recursive: true });
    const vaultKey = await vaultKeyOf(readConfig({ CEBE_DATA_DIR: after }, after));
    const wrapping = createKeyWrapping(vaultKey);
    const { key_id: keyId } = await personalKeyIn(join(copies, 'before'));
    const binding = keyBinding('main', customerSubject(PERSON), keyId);
    const opensIn = async (folder: string): Promise<boolean> => {
      const names = (await readdir(folder)).filter((name) => name.startsWith('vault.sqlite'));
      const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
      return files.some((file) => anyPlace(file, (bytes) => wrapping.unwrap(bytes, binding) !== null));
    };
    expect(await opensIn(join(copies, 'before'))).toBe(true);
    expect(await opensIn(after)).toBe(false);
  });

  it('cannot be read from a copy of the log and the documents made before, beside the vault of today', async () => {
    const mixed = join(copies, 'mixed');
    await cp(join(copies, 'before'), mixed, { recursive: true });
    for (const name of await readdir(mixed)) if (name.startsWith('vault.sqlite')) await rm(join(mixed, name));
    for (const name of await readdir(open.dataDir))
      if (name.startsWith('vault.sqlite')) await cp(join(open.dataDir, name), join(mixed, name));
    for (const name of await readdir(mixed)) if (name.endsWith('.lock')) await rm(join(mixed, name));
    const copy = await openEngineUnderTest({ env: { CEBE_DATA_DIR: mixed }, token: 'cebe_local_copy' });
    try {
      for (const url of [`/v1/customers/${PERSON}`, `/v1/customers/${PERSON}/timeline`, '/v1/customers']) {
        const { status, text } = await copy.call('GET', url, { key: 'cebe_local_copy' });
        expect(status).toBe(200);
        expect(direct.filter((value) => text.includes(value))).toEqual([]);
      }
    } finally {
      await copy.close();
    }
  });

  it('does not come back when a module pushes them again, which is reported without what it pushed', async () => {
    const again = pushes.map((push, index) => ({ ...push, message_id: `again-${String(index)}` }));
    const other = { ...pushes[0], message_id: 'again-9', customer: { ...pushes[0]?.customer, qontak_customer_id: '80001' } };
    const { body } = await open.call('POST', '/v1/events', { body: { events: [...again, other] } });
    expect(body['receipts']).toMatchObject([
      { code: 'customer_erased' },
      { code: 'identifier_erased' },
      { code: 'identifier_erased' },
      { code: 'identifier_erased' },
      { code: 'identifier_erased' },
    ]);
    const letters = await open.call('GET', `/v1/dead-letters?kind=ingest&min_position=${String(body['position'])}`);
    const found = letters.body['data'] as readonly { readonly id: string; readonly code: string }[]; // as the route's schema has it
    expect(found.map(({ code }) => code).sort()).toEqual([
      'customer_erased',
      ...Array.from({ length: 4 }, () => 'identifier_erased'),
    ]);
    const [letter] = found;
    expect(await open.call('POST', `/v1/dead-letters/${letter?.id ?? ''}/retry`)).toMatchObject({
      body: { code: 'key_destroyed' },
    });
    expect(await open.call('POST', `/v1/dead-letters/${letter?.id ?? ''}/drop`, { body: {} })).toMatchObject({ status: 204 });
    expect(await filesHolding(open.dataDir, [...direct, ...quasi], outbox)).toEqual([]);
  });

  it('is not brought back by a rebuild', async () => {
    expect((await open.call('POST', '/v1/projections/profiles/rebuild', { body: {} })).status).toBeLessThan(300);
    expect(await open.call('GET', `/v1/customers/${PERSON}`)).toMatchObject({ status: 404 });
    expect(await filesHolding(open.dataDir, [...direct, ...quasi], outbox)).toEqual([]);
  });

  it('comes back under a new key when a privacy officer lets them, without what was before', async () => {
    const reopened = await open.call('POST', `/v1/customers/${PERSON}/reopen`, { body: { reason: 'Signed up again' } });
    expect(reopened).toMatchObject({ status: 200 });
    const again = { ...pushes[0], message_id: 'back-1', properties: { first_name: 'Somebody' } };
    const { body } = await open.call('POST', '/v1/events', { body: { events: [again] } });
    expect(body['receipts']).toMatchObject([{ status: 'accepted', qontak_customer_id: PERSON }]);
    const { body: profile } = await open.call('GET', `/v1/customers/${PERSON}?min_position=${String(body['position'])}`);
    expect(profile).toMatchObject({ attributes: { first_name: 'Somebody' }, events: { 'customer.created': { count: 1 } } });
    expect(JSON.stringify(profile)).not.toContain(planted.city);
    expect(await open.call('POST', `/v1/customers/${PERSON}/reopen`, { body: { reason: 'twice' } })).toMatchObject({
      status: 404,
    });
    const second = await open.call('POST', `/v1/customers/${PERSON}/erase`, { body: { reason: 'Left again' } });
    expect(second).toMatchObject({ status: 200 });
  });

  it('is erased under all ids that were merged into one', async () => {
    const events = ['90001', '90002'].map((id) => ({
      type: 'customer.created',
      message_id: `merged-${id}`,
      customer: { qontak_customer_id: id, identifiers: { email: `cendrawasih.${id}@mail.example` } },
      properties: { first_name: `Cendrawasih${id}` },
    }));
    await open.call('POST', '/v1/events', { body: { events } });
    const merged = await open.call('POST', '/v1/customers/90001/merge', { body: { with: '90002', reason: 'one person' } });
    expect(merged.status).toBeLessThan(300);
    const { body } = await open.call('POST', '/v1/customers/90002/erase', { body: { reason } });
    expect(body).toMatchObject({ certificate: { customers: ['90001', '90002'], done: { keys: 2, identifiers: 2 } } });
    for (const id of ['90001', '90002']) {
      expect((await open.call('GET', `/v1/customers/${id}`)).status).toBe(404);
      const shown = await open.call('GET', `/v1/customers/${id}/erasure?min_position=${String(body['position'])}`);
      expect(shown.body).toMatchObject({ state: 'completed', certificate: body['certificate'] });
    }
  });
});
