import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readConfig } from '../../app/config.js';
import { openStores } from '../../app/open-stores.js';
import { runCommand } from '../support/command-line.js';
import { newEvents } from '../support/new-events.js';

describe('a data folder that was damaged while no engine ran', () => {
  let dataDir: string;
  const doctor = (...args: readonly string[]) => runCommand(['doctor', ...args], { CEBE_DATA_DIR: dataDir }, dataDir);

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'cebe-damage-'));
    const stores = await openStores(readConfig({ CEBE_DATA_DIR: dataDir }, dataDir));
    for (let customer = 0; customer < 200; customer += 1) {
      await stores.eventStore.append(`customer-w1.${String(customer)}`, 'no_stream', newEvents(5));
    }
    await stores.close();
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  it('is sound before', async () => {
    const run = await doctor('--deep');
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.stdout).toContain('log: 1000 events are as they were written');
    expect(run.stderr).toContain('1000/1000 events');
  });

  it('is found out by the deep check, which says where, and is refused instead of read', async () => {
    const path = join(dataDir, 'log.sqlite');
    const bytes = await readFile(path);
    // One bit of what an event in the middle says.
    const at = bytes.indexOf('workspace_id', bytes.length >> 1);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(path, bytes);

    expect(await doctor()).toMatchObject({ exitCode: 0 });
    const run = await doctor('--deep', '--json');
    expect(run.exitCode).toBe(3);
    const { checks } = JSON.parse(run.stdout) as { checks: { name: string; state: string; detail: string }[] };
    const problems = checks.filter(({ state }) => state === 'problem');
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.map(({ name, detail }) => `${name}: ${detail}`).join('\n')).toMatch(/log: position \d+: /);

    // So small a log is read whole when it is opened; a longer one opens and refuses to serve the place.
    const opening = openStores(readConfig({ CEBE_DATA_DIR: dataDir }, dataDir));
    await expect(opening).rejects.toMatchObject({ code: 'corrupt_event' });
  });
});
