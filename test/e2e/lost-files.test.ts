import { cp, mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readConfig } from '../../app/config.js';
import { openStores } from '../../app/open-stores.js';
import type { Stores } from '../../app/stores.js';
import { runCommand } from '../support/command-line.js';
import { newEvents } from '../support/new-events.js';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cebe-lost-'));
});

afterEach(() => rm(dataDir, { recursive: true, force: true }));

const open = (): Promise<Stores> => openStores(readConfig({ CEBE_DATA_DIR: dataDir }, dataDir));
const lose = (...names: readonly string[]) => Promise.all(names.map((name) => rm(join(dataDir, name), { force: true })));

/** Opens the folder, appends and closes it; answers the look-up key. */
async function use(stream = 'customer-w1.a'): Promise<Uint8Array> {
  const stores = await open();
  await stores.eventStore.append(stream, 'no_stream', newEvents(2));
  const lookUpKey = await stores.vault.secret('w1', 'look_up');
  await stores.close();
  return lookUpKey;
}

async function refused(code: string, missing?: readonly string[]): Promise<void> {
  await expect(open()).rejects.toMatchObject({
    code,
    ...(missing !== undefined && { details: { missing: missing.map((name) => join(dataDir, name)) } }),
  });
  const doctor = await runCommand(['doctor'], { CEBE_DATA_DIR: dataDir }, dataDir);
  expect(doctor.exitCode).toBe(3);
  expect(doctor.stdout).toMatch(/PROBLEM {2}log and vault: .*restore/);
}

describe('a folder with events', () => {
  it('is refused without its vault, and nothing is made in its place', async () => {
    await use();
    await lose('vault.sqlite');
    await refused('data_folder_incomplete', ['vault.sqlite']);
    await refused('data_folder_incomplete', ['vault.sqlite']);
    expect(await readdir(dataDir)).not.toContain('vault.sqlite');
  });

  it('is refused without its vault and the vault key, and no key is made', async () => {
    await use();
    await lose('vault.sqlite', 'vault.key');
    await refused('data_folder_incomplete', ['vault.sqlite', 'vault.key']);
    expect(await readdir(dataDir)).not.toContain('vault.key');
  });

  it('is refused with an empty file for a vault', async () => {
    await use();
    await truncate(join(dataDir, 'vault.sqlite'));
    await refused('data_folder_incomplete', ['vault.sqlite']);
  });

  it('is refused without the vault key alone', async () => {
    await use();
    await lose('vault.key');
    await refused('vault_key_wrong');
  });

  it('is refused without its log, and no log is made', async () => {
    await use();
    await lose('log.sqlite');
    await refused('data_folder_incomplete', ['log.sqlite']);
    expect(await readdir(dataDir)).not.toContain('log.sqlite');
  });

  it('opens again with the same look-up key once the vault is back', async () => {
    const before = await use();
    const kept = await mkdtemp(join(tmpdir(), 'cebe-kept-'));
    await cp(join(dataDir, 'vault.sqlite'), join(kept, 'vault.sqlite'));
    await lose('vault.sqlite');
    await refused('data_folder_incomplete');
    await cp(join(kept, 'vault.sqlite'), join(dataDir, 'vault.sqlite'));
    await rm(kept, { recursive: true });
    expect(Buffer.compare(await use('customer-w1.b'), before)).toBe(0);
  });
});

describe('a vault that belongs to another log', () => {
  it('is refused', async () => {
    await use();
    const other = await mkdtemp(join(tmpdir(), 'cebe-other-'));
    await cp(dataDir, other, { recursive: true });
    await lose('log.sqlite', 'vault.sqlite', 'vault.key');
    await use();
    for (const name of ['vault.sqlite', 'vault.key']) await cp(join(other, name), join(dataDir, name));
    await rm(other, { recursive: true });
    await refused('data_folder_mixed');
  });
});

describe('a folder that is whole', () => {
  it('is also one whose first start was cut off before anything was stored', async () => {
    await (await open()).close();
    await lose('vault.sqlite', 'vault.key');
    await use();
    const doctor = await runCommand(['doctor'], { CEBE_DATA_DIR: dataDir }, dataDir);
    expect(doctor).toMatchObject({ exitCode: 0 });
    expect(doctor.stdout).toContain('log and vault: they belong together');
  });

  it('is also one from before vaults knew their log, which they learn', async () => {
    await use();
    const change = (sql: string): void => {
      const vault = new DatabaseSync(join(dataDir, 'vault.sqlite'));
      vault.exec(sql);
      vault.close();
    };
    change('DROP TABLE bound_log');
    await use('customer-w1.b');
    change("UPDATE bound_log SET log = 'another'");
    await refused('data_folder_mixed');
  });
});
