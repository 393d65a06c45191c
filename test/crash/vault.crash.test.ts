import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from '@photostructure/sqlite';
import { expect, it } from '@jest/globals';
import { embeddedVaultPlace, testVaultKey } from '../support/embedded-vault-place.js';

interface PrintedKey {
  readonly subject: string;
  readonly keyId: string;
  readonly key: string;
}

/** Runs the writer until it has printed `rounds` rounds and kills it in the middle of the next. */
async function writeAndKill(file: string, rounds: number): Promise<readonly PrintedKey[]> {
  const writer = spawn(
    process.execPath,
    [join('test', 'support', 'vault-writer.mjs'), file, Buffer.from(testVaultKey).toString('hex')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const exited = once(writer, 'exit');
  const printed: PrintedKey[] = [];
  for await (const line of createInterface({ input: writer.stdout })) {
    const [subject = '', keyId = '', key = ''] = line.split(' ');
    if (subject !== 'round') printed.push({ subject, keyId, key });
    else if (Number(keyId) >= rounds) writer.kill('SIGKILL');
  }
  await exited;
  return printed;
}

it('opens by itself after kill -9, with every key that was answered and no key that was destroyed', async () => {
  const place = await embeddedVaultPlace();
  const printed = await writeAndKill(place.file, 5);
  expect(printed.length).toBeGreaterThanOrEqual(100);
  const vault = await place.open();
  const keys = await vault.openKeys(printed.map((entry) => entry.keyId));
  for (const entry of printed) {
    const key = keys.get(entry.keyId);
    if (entry.subject.endsWith('-0')) expect(key).toBe('destroyed');
    else expect(Buffer.from(typeof key === 'object' ? key : []).toString('hex')).toBe(entry.key);
  }
  await vault.close();
  await place.dispose();
});

it('empties at the next opening the WAL that a kill left behind', async () => {
  const place = await embeddedVaultPlace();
  await writeAndKill(place.file, 2);
  const vault = await place.open();
  expect((await stat(`${place.file}-wal`)).size).toBe(0);
  await vault.close();
  const database = new DatabaseSync(place.file, { readOnly: true });
  const destroyed = database.prepare('SELECT wrapped FROM keys WHERE live = 0').all() as { wrapped: Uint8Array }[];
  database.close();
  expect(destroyed.length).toBeGreaterThanOrEqual(2);
  for (const { wrapped } of destroyed) expect(Buffer.from(wrapped).every((byte) => byte === 0)).toBe(true);
  expect((await readFile(place.file)).includes('customer/0-0')).toBe(true);
  await place.dispose();
});
