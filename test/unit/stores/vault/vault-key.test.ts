import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadVaultKey } from '../../../../stores/vault/vault-key.js';

describe('where the vault key comes from', () => {
  let folder: string;
  const bytes = Buffer.alloc(32, 5);
  const places = (env: Record<string, string> = {}) => ({
    env,
    file: join(folder, 'vault.key'),
    vaultFile: join(folder, 'vault.sqlite'),
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cebe-vault-key-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('makes a key at the first start, for its owner only, and reads it from then on', async () => {
    const made = await loadVaultKey(places());
    expect(made.key.byteLength).toBe(32);
    expect((await stat(join(folder, 'vault.key'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['vault.key']);
    expect(await loadVaultKey(places())).toEqual(made);
    expect(made.from).toBe(join(folder, 'vault.key'));
  });

  it.each([
    ['base64', bytes.toString('base64'), 1],
    ['base64url', bytes.toString('base64url'), 1],
    ['hex', bytes.toString('hex'), 1],
    ['a version', `3:${bytes.toString('base64')}`, 3],
    ['white space around it', ` ${bytes.toString('hex')}\n`, 1],
  ])('takes the key of the environment in %s', async (_, text, version) => {
    const loaded = await loadVaultKey(places({ CEBE_VAULT_KEY: text }));
    expect({ ...loaded, key: Buffer.from(loaded.key) }).toEqual({ version, key: bytes, from: 'CEBE_VAULT_KEY' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('reads the file that the environment names', async () => {
    const file = join(folder, 'elsewhere');
    await writeFile(file, `${bytes.toString('hex')}\n`);
    expect((await loadVaultKey(places({ CEBE_VAULT_KEY_FILE: file }))).from).toBe(file);
  });

  it.each(['short', bytes.toString('hex').slice(2), 'x'.repeat(64), `0x${bytes.toString('hex')}`])(
    'refuses %s, without repeating it',
    async (text) => {
      const refused = loadVaultKey(places({ CEBE_VAULT_KEY: text }));
      await expect(refused).rejects.toMatchObject({ code: 'vault_key_wrong' });
      await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining(text) });
    },
  );

  it('makes no new key for a vault that exists', async () => {
    await writeFile(join(folder, 'vault.sqlite'), '');
    await expect(loadVaultKey(places())).rejects.toMatchObject({ code: 'vault_key_wrong' });
    await expect(readFile(join(folder, 'vault.key'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
