import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sampleFile } from '../../cli/import/sample-file.js';
import { endCebeProcesses, startCebe } from '../support/cebe-process.js';
import { startTwoServers } from '../support/two-servers.js';

const PURCHASES = 3_000;

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cebe-demo-test-'));
  file = join(folder, 'purchases.txt');
  const lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream(sampleFile()) })) {
    if (lines.push(line) > PURCHASES) break;
  }
  await writeFile(file, `${lines.join('\n')}\n`);
});

afterAll(async () => {
  endCebeProcesses();
  await rm(folder, { recursive: true, force: true });
});

type Servers = Parameters<typeof startCebe>[1]['servers'];

async function demo(servers?: Servers): Promise<{ readonly figures: unknown; readonly talk: readonly string[] }> {
  const run = startCebe(['demo', '--file', file, '--json'], { dataDir: join(folder, 'data'), ...(servers && { servers }) });
  expect([await run.ended, run.stderr()]).toEqual([0, expect.stringContaining('the whole loop took')]);
  const { funnel } = JSON.parse(run.stdout()) as { readonly funnel: Readonly<Record<string, unknown>> };
  const { run_id: _run, as_of: _asOf, ...figures } = funnel;
  const talk = run
    .stderr()
    .split('\n')
    .filter((line) => /^(preview|segment saved)/.test(line))
    .map((line) => line.replace(/\d+ ms/, 'a while'));
  return { figures, talk };
}

it('shows the same customers, members and messages on the embedded stores and on both servers', async () => {
  const embedded = await demo();
  expect(embedded.talk).toEqual([expect.stringMatching(/: [1-9]\d* customers$/), expect.stringMatching(/: [1-9]\d* members$/)]);
  const servers = await startTwoServers();
  try {
    expect(await demo(servers.env)).toEqual(embedded);
    const again = startCebe(['demo', '--file', file], { dataDir: join(folder, 'data'), servers: servers.env });
    // Nothing is loaded into servers that hold something.
    expect([await again.ended, again.stderr()]).toEqual([1, expect.stringContaining('an empty log')]);
  } finally {
    await servers.close();
  }
}, 300_000);
