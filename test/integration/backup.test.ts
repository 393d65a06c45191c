import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkArchive } from '../../app/backup/read-archive.js';
import { openEmbeddedTarget } from '../../app/backup/embedded-target.js';
import { assertNoUnfinishedCopy } from '../../app/backup/unfinished-copy.js';
import { openEmbeddedEventStore } from '../../stores/event-store/embedded/open-embedded-event-store.js';
import { peekLog } from '../../stores/event-store/embedded/peek-log.js';
import { openEmbeddedVault } from '../../stores/vault/embedded/embedded-vault.js';
import { backUp, copyFolder, copyVaultKey, fillLog, makeDataFolder, never, restore, textsOf } from '../support/copies.js';
import { newEvent } from '../support/new-events.js';

let folder: Awaited<ReturnType<typeof copyFolder>>;
let dataDir: string;
let file: string;
let restored: string;

beforeEach(async () => {
  folder = await copyFolder();
  dataDir = folder.at('data');
  file = folder.at('today.cebe');
  restored = folder.at('restored');
});

afterEach(() => folder.dispose());

const check = () => checkArchive(file, { signal: never(), onProgress: () => undefined });

describe('a backup', () => {
  it('restores the same events at the same places, in a log with the same id, with the keys that open them', async () => {
    const keys = new Map<string, string>();
    await makeDataFolder(dataDir, async (log, vault) => {
      await fillLog(log, 300);
      for (const [subject, { keyId }] of await vault.ensureKeys('w1', ['customer/1', 'customer/2'])) keys.set(subject, keyId);
      await vault.destroyKey('w1', 'customer/2');
    });
    const made = await backUp(dataDir, file);
    const report = await restore(file, restored);
    expect(report.log).toEqual(made.log);
    expect(report.vault).toEqual(made.vault);
    expect(await textsOf(restored)).toEqual(await textsOf(dataDir));
    expect(peekLog(`${restored}/log.sqlite`).id).toBe(peekLog(`${dataDir}/log.sqlite`).id);
    const vault = await openEmbeddedVault({ file: `${restored}/vault.sqlite`, vaultKey: copyVaultKey });
    const opened = await vault.openKeys([...keys.values()]);
    await vault.close();
    expect(opened.get(keys.get('customer/1') ?? '')).toHaveLength(32);
    expect(opened.get(keys.get('customer/2') ?? '')).toBe('destroyed');
  });

  it('is made while the log is appended to and the vault destroys keys, and then ends where the log ended', async () => {
    await makeDataFolder(dataDir, async (log, vault) => {
      await fillLog(log, 100);
      await vault.ensureKeys('w1', ['customer/1']);
      const { events } = peekLog(`${dataDir}/log.sqlite`);
      const ended = new AbortController();
      const made = backUp(dataDir, file).finally(() => ended.abort());
      for (let at = 100; !ended.signal.aborted; at += 10) {
        await fillLog(log, 10, { from: at });
        await vault.ensureKeys('w1', [`customer/${at}`]);
        await vault.destroyKey('w1', `customer/${at}`);
      }
      expect((await made).log.events).toBe(events);
      expect((await restore(file, restored)).log.events).toBe(events);
    });
  });

  it('holds no key of whom the log says that they were erased, unless they were reopened', async () => {
    await makeDataFolder(dataDir, async (log, vault) => {
      await vault.ensureKeys('w1', ['customer/1', 'customer/2', 'customer/3']);
      for (const type of ['customer.created', 'customer.erased']) {
        for (const customer of ['1', '2']) {
          const after = type === 'customer.created' ? 'no_stream' : 0n;
          await log.append(`customer-w1.${customer}`, after, [newEvent({ type })]);
        }
      }
      await log.append('customer-w1.2', 1n, [newEvent({ type: 'customer.reopened' })]);
    });
    const made = await backUp(dataDir, file);
    expect((await restore(file, restored)).vault).toEqual(made.vault);
    const vault = await openEmbeddedVault({ file: `${restored}/vault.sqlite`, vaultKey: copyVaultKey });
    const subjects = ['customer/1', 'customer/2', 'customer/3'];
    expect([...(await vault.ensureKeys('w1', subjects)).keys()]).toEqual(['customer/2', 'customer/3']);
    await vault.close();
  });

  it('holds an empty log too', async () => {
    await makeDataFolder(dataDir, () => Promise.resolve());
    expect((await backUp(dataDir, file)).log.events).toBe(0);
    expect((await restore(file, restored)).log.events).toBe(0);
    expect(await textsOf(restored)).toEqual([]);
  });

  it('is for its owner only, takes no other file’s place, and leaves nothing when it is cut off', async () => {
    await makeDataFolder(dataDir, (log) => fillLog(log, 10));
    await backUp(dataDir, file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await expect(backUp(dataDir, file)).rejects.toMatchObject({ code: 'target_not_empty' });
    const other = folder.at('other.cebe');
    await expect(backUp(dataDir, other, AbortSignal.abort(new Error('cut off')))).rejects.toThrow('cut off');
    expect([existsSync(other), existsSync(`${other}.part`)]).toEqual([false, false]);
    await expect(backUp(dataDir, folder.at('nowhere/x.cebe'))).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('a log that is damaged', () => {
  it('is not backed up, and the place is named', async () => {
    await makeDataFolder(dataDir, (log) => fillLog(log, 20));
    const log = new DatabaseSync(`${dataDir}/log.sqlite`);
    log.exec("UPDATE events SET body = x'7b7d' WHERE position = 12");
    log.close();
    await expect(backUp(dataDir, file)).rejects.toMatchObject({ code: 'corrupt_event', details: { position: 12n } });
    expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, false]);
  });
});

describe('a backup that is damaged', () => {
  beforeEach(async () => {
    await makeDataFolder(dataDir, async (log, vault) => {
      await fillLog(log, 60);
      await vault.ensureKeys('w1', ['customer/1']);
    });
    await backUp(dataDir, file);
  });

  it('is refused whichever byte is another one, with the place, before anything is written', async () => {
    const whole = await readFile(file);
    const step = Math.ceil(whole.length / 97);
    // The first ten bytes are the header of the compression, most of which says nothing.
    for (let at = 10; at < whole.length; at += step) {
      const bytes = Buffer.from(whole);
      // All of its bits: some of a byte may be padding that says nothing.
      bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at);
      await writeFile(file, bytes);
      await expect(restore(file, restored)).rejects.toMatchObject({
        code: 'backup_damaged',
        message: expect.stringMatching(/ at (behind )?(line|event|the )/) as unknown,
      });
    }
    expect(existsSync(restored)).toBe(false);
    await writeFile(file, whole);
    expect((await check()).log.events).toBeGreaterThan(60);
  });

  it('is refused when it was cut off anywhere', async () => {
    const { length } = await readFile(file);
    for (const left of [length - 1, length - 9, Math.floor(length / 2), 20, 0]) {
      await truncate(file, left);
      await expect(check()).rejects.toMatchObject({ code: 'backup_damaged' });
    }
  });

  it('is refused when it is something else, or nothing', async () => {
    await writeFile(file, 'a letter');
    await expect(check()).rejects.toMatchObject({ code: 'backup_damaged' });
    await expect(checkArchive(folder.at('nothing'), { signal: never(), onProgress: () => undefined })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('a restore', () => {
  beforeEach(async () => {
    await makeDataFolder(dataDir, async (log, vault) => {
      await fillLog(log, 200);
      await vault.ensureKeys('w1', ['customer/1']);
    });
    await backUp(dataDir, file);
  });

  it('goes on where it was cut off, and no engine opens the folder before', async () => {
    for (const stopAt of [1, 90, 250]) {
      await expect(restore(file, restored, { stopAt })).rejects.toThrow('cut off');
      expect(() => assertNoUnfinishedCopy(restored)).toThrow(expect.objectContaining({ code: 'copy_unfinished' }));
    }
    await restore(file, restored);
    assertNoUnfinishedCopy(restored);
    expect(await textsOf(restored)).toEqual(await textsOf(dataDir));
  });

  it('refuses a folder that holds a log, or part of a copy of another one', async () => {
    await restore(file, restored);
    await expect(restore(file, restored)).rejects.toMatchObject({ code: 'target_not_empty' });
    const other = { storeId: randomUUID(), positions: 'counted' } as const;
    const target = await openEmbeddedTarget({ dataDir: folder.at('part'), vaultKey: copyVaultKey, source: other });
    await target.close();
    await expect(restore(file, folder.at('part'))).rejects.toMatchObject({ code: 'target_not_empty' });
  });

  it('refuses to go on behind events that are not those of the backup', async () => {
    await expect(restore(file, restored, { stopAt: 20 })).rejects.toThrow('cut off');
    const { store } = await openEmbeddedEventStore({ file: `${restored}/log.sqlite` });
    await store.append('customer-w1.stranger', 'no_stream', [newEvent()]);
    await store.close();
    await expect(restore(file, restored)).rejects.toMatchObject({ code: 'copy_differs' });
  });
});
