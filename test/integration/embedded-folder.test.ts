import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { lockDataFolder } from '../../stores/embedded-folder.js';

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'cebe-folder-'));
  folder = join(parent, 'data');
});

afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

it('makes the folder, for its owner alone', async () => {
  const locked = lockDataFolder(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  locked.release();
});

it('names the folder and the process to whoever comes second, and lets them in after the release', () => {
  const first = lockDataFolder(folder);
  expect(() => lockDataFolder(folder)).toThrow(
    expect.objectContaining({
      code: 'data_folder_locked',
      details: { folder, pid: process.pid },
      message: expect.stringContaining(folder) as unknown,
    }),
  );
  first.release();
  const second = lockDataFolder(folder);
  first.release();
  expect(() => lockDataFolder(folder)).toThrow(expect.objectContaining({ code: 'data_folder_locked' }));
  second.release();
});

it('is free again as soon as the process that held it was killed', async () => {
  const script = `import { lockDataFolder } from './dist/stores/embedded-folder.js';
    lockDataFolder(process.argv[1]); process.stdout.write('locked'); setInterval(() => gc(), 10);`;
  const holder = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  expect(() => lockDataFolder(folder)).toThrow(
    expect.objectContaining({ code: 'data_folder_locked', details: { folder, pid: holder.pid } }),
  );
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  lockDataFolder(folder).release();
});

it('refuses a folder of a newer format', () => {
  lockDataFolder(folder).release();
  const db = new DatabaseSync(join(folder, 'folder.lock'));
  db.exec('PRAGMA user_version = 2');
  db.close();
  expect(() => lockDataFolder(folder)).toThrow(expect.objectContaining({ code: 'store_format_unsupported' }));
});
