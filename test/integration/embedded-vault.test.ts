import { readFile, stat, writeFile } from 'node:fs/promises';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Vault } from '../../stores/vault/vault.port.js';
import { embeddedVaultPlace } from '../support/embedded-vault-place.js';

describe('the file of the embedded vault', () => {
  let place: Awaited<ReturnType<typeof embeddedVaultPlace>>;
  let vault: Vault;

  beforeEach(async () => {
    place = await embeddedVaultPlace();
    vault = await place.open();
  });

  afterEach(async () => {
    await vault.close();
    await place.dispose();
  });

  async function rawBytes(): Promise<Buffer> {
    return Buffer.concat([await readFile(place.file), await readFile(`${place.file}-wal`)]);
  }

  function rowsOf(sql: string): { subject: string; wrapped: Uint8Array }[] {
    const database = new DatabaseSync(place.file);
    const rows = database.prepare(sql).all() as { subject: string; wrapped: Uint8Array }[];
    database.close();
    return rows;
  }

  it('holds a destroyed key neither open nor wrapped, in the database or in its WAL', async () => {
    const subjects = Array.from({ length: 2000 }, (_, index) => `customer/${index}`);
    const keys = await vault.ensureKeys('w1', subjects);
    const wrapped = new Map(rowsOf('SELECT subject, wrapped FROM keys').map((row) => [row.subject, Buffer.from(row.wrapped)]));
    const doomed = subjects.filter((_, index) => index % 40 === 3);
    const before = await rawBytes();
    for (const subject of doomed) expect(before.includes(wrapped.get(subject) ?? '')).toBe(true);

    await Promise.all(doomed.map((subject) => vault.destroyKey('w1', subject)));
    expect((await stat(`${place.file}-wal`)).size).toBe(0);

    const after = await rawBytes();
    for (const subject of doomed) {
      // The cipher text alone, too: neither its nonce nor its tag is left beside it.
      expect(after.includes(wrapped.get(subject)?.subarray(12, 44) ?? '')).toBe(false);
      expect(after.includes(Buffer.from(keys.get(subject)?.key ?? []))).toBe(false);
    }
    expect(after.includes(wrapped.get('customer/0') ?? '')).toBe(true);
  });

  it('never holds an open key or secret', async () => {
    const key = (await vault.ensureKeys('w1', ['customer/1'])).get('customer/1');
    const secret = await vault.secret('w1', 'look_up');
    await vault.putSecret('w1', 'mailgun_signing', Buffer.from('a-signing-key-of-the-provider'));
    const bytes = await rawBytes();
    expect(bytes.includes(Buffer.from(key?.key ?? []))).toBe(false);
    expect(bytes.includes(Buffer.from(secret))).toBe(false);
    expect(bytes.includes('a-signing-key-of-the-provider')).toBe(false);
  });

  it('says when a destroyed key could not leave the WAL, and succeeds when asked again', async () => {
    await vault.ensureKeys('w1', ['customer/1']);
    const reader = new DatabaseSync(place.file);
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM keys').get();
    await expect(vault.destroyKey('w1', 'customer/1')).rejects.toMatchObject({ code: 'store_unavailable' });
    reader.exec('COMMIT');
    reader.close();
    await vault.destroyKey('w1', 'customer/1');
    expect((await stat(`${place.file}-wal`)).size).toBe(0);
    expect((await vault.ensureKeys('w1', ['customer/1'])).size).toBe(0);
  });

  it('is readable by its owner only', async () => {
    expect((await stat(place.file)).mode & 0o777).toBe(0o600);
    expect((await stat(`${place.file}-wal`)).mode & 0o777).toBe(0o600);
  });

  it('refuses a damaged key and a key moved to another subject, and answers the others', async () => {
    const keys = await vault.ensureKeys('w1', ['customer/1', 'customer/2', 'customer/3']);
    await vault.close();
    const database = new DatabaseSync(place.file);
    database.exec(
      "UPDATE keys SET wrapped = (SELECT wrapped FROM keys WHERE subject = 'customer/2') WHERE subject = 'customer/1'",
    );
    database.close();
    vault = await place.open();
    const refusal = { code: 'vault_entry_damaged', details: { key_id: keys.get('customer/1')?.keyId } };
    const results = await Promise.allSettled([
      vault.ensureKeys('w1', ['customer/1']),
      vault.openKeys([keys.get('customer/1')?.keyId ?? '']),
      vault.ensureKeys('w1', ['customer/2', 'customer/3']),
    ]);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(results[0]).toMatchObject({ reason: refusal });
  });

  it('refuses a format of a later version and a file that is something else', async () => {
    await vault.close();
    const database = new DatabaseSync(place.file);
    database.exec('PRAGMA user_version = 2');
    database.close();
    await expect(place.open()).rejects.toMatchObject({ code: 'store_format_unsupported' });
    await writeFile(place.file, 'this is no database, but it is long enough to be read as one '.repeat(20));
    await expect(place.open()).rejects.toMatchObject({ code: 'store_format_unsupported' });
  });
});
