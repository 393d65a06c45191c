import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readEngineFile } from '../../app/engine-file.js';
import { readComposeFile, readDockerfile, withDefaults, type ImageStep } from '../support/container-files.js';
import { startEventStoreDbStandIn } from '../support/eventstoredb-stand-in/stand-in.js';
import { startMongoStandIn } from '../support/mongo-stand-in.js';

const root = resolve(__dirname, '../..');
const engine = readDockerfile().at(-1) ?? { steps: [], env: {} };
const step = (keyword: string): ImageStep | undefined => engine.steps.find((each) => each.keyword === keyword);
const children = new Set<ReturnType<typeof spawn>>();
let folder: string;
let dataDir: string;

/** What the image holds below its working folder, without an engine for containers: the copied files, and the packages that are not for development only. */
function layOut(): void {
  for (const { words, flags } of engine.steps.filter(({ keyword }) => keyword === 'COPY')) {
    const [from = '', to = ''] = words;
    if (flags['from'] === 'packages') continue;
    const source = from.replace(/^\/cebe\//, '');
    cpSync(join(root, source), to.endsWith('/') ? join(folder, to, source) : join(folder, to), { recursive: true });
  }
  const lock = z
    .object({ packages: z.record(z.string(), z.object({ dev: z.boolean().optional(), optional: z.boolean().optional() })) })
    .parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const shipped = Object.entries(lock.packages).filter(([, entry]) => entry.dev !== true && entry.optional !== true);
  for (const [path] of shipped.filter(([path]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(join(root, path), join(folder, path));
  }
}

/** Runs one of the image's commands in its working folder, with its environment but the places; Node is the one that runs the tests. */
function run([program = '', ...args]: readonly string[], environment: Readonly<Record<string, string>>) {
  const env = { ...engine.env, CEBE_DATA_DIR: dataDir, PATH: process.env['PATH'], ...environment };
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString('utf8')));
  const ended = once(child, 'close').then(([code]: unknown[]) => {
    children.delete(child);
    return { code, ...text };
  });
  return { child, text, ended };
}

async function startEngine(environment: Readonly<Record<string, string>> = {}) {
  const command = [...(step('ENTRYPOINT')?.json ?? []), ...(step('CMD')?.json ?? [])];
  const started = run(command, { ...environment, CEBE_PORT: '0', CEBE_LOG_LEVEL: 'error' });
  await new Promise<void>((ready, failed) => {
    started.child.stdout.on('data', () => {
      if (started.text.out.includes("owner's key")) ready();
    });
    void started.ended.then(({ code, out, err }) => failed(new Error(`ended with ${String(code)}:\n${out}\n${err}`)));
  });
  const file = await readEngineFile(dataDir);
  return { ...started, port: { CEBE_PORT: String(file?.port) } };
}

/** Asks again and again; each question is a process of its own, which takes its time. */
async function untilSo(ask: () => Promise<boolean>): Promise<void> {
  while (!(await ask()));
}

describe('what the Dockerfile puts together', () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cebe-image-'));
    dataDir = join(folder, 'data');
    layOut();
  });

  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  it('starts with its packages alone, is healthy by both health checks, and stops when it is told to', async () => {
    const checks = [step('HEALTHCHECK')?.json ?? [], readComposeFile().services['cebe']?.healthcheck?.test.slice(1) ?? []];
    expect(checks.map((check) => check.at(-1))).toEqual(['/livez', '/readyz']);

    const { child, ended, port } = await startEngine();
    for (const check of checks) expect(await run(check, port).ended).toEqual({ code: 0, out: '', err: '' });
    expect(await run([...(checks[0] ?? []).slice(0, -1), '/nowhere'], port).ended).toMatchObject({ code: 1 });
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0 });
    for (const check of checks) {
      expect(await run(check, port).ended).toMatchObject({ code: 1, err: expect.stringContaining('ECONNREFUSED') });
    }
  });

  it('has `cebe` as a command, which finds the running engine', async () => {
    const link = step('RUN')?.words.slice(-2) ?? [];
    expect(link).toEqual(['/cebe/dist/cli/main.js', '/usr/local/bin/cebe']);
    symlinkSync(join(folder, 'dist/cli/main.js'), join(folder, 'cebe'));

    await startEngine();
    const { code, out } = await run([join(folder, 'cebe'), 'keys', 'list', '--json'], {}).ended;
    expect(code).toBe(0);
    expect(out).toContain('"name":"owner"');
  });

  it('runs on both servers with the environment of the Compose file, makes its vault key there, and is not ready while one is away', async () => {
    const { environment = {}, healthcheck } = readComposeFile().services['cebe'] ?? {};
    const [log, documents] = await Promise.all([startEventStoreDbStandIn(), startMongoStandIn()]);
    try {
      const settings = Object.entries(environment).map(([name, value]) => [name, withDefaults(value)] as const);
      const servers = { EVENTSTORE_URL: log.url, MONGODB_URL: documents.url };
      const given = { ...Object.fromEntries(settings), ...servers };
      const { child, ended, port } = await startEngine(given);
      const key = join(dataDir, 'vault.key');
      expect((await stat(key)).mode & 0o777).toBe(0o600);
      expect(existsSync(join(dataDir, 'log.sqlite'))).toBe(false);
      const doctor = await run(['node', 'dist/cli/main.js', 'doctor'], { ...given, ...port }).ended;
      expect(doctor).toMatchObject({ code: 0, out: expect.stringContaining('EVENTSTORE_URL: the server answers') });

      const ready = () => run(healthcheck?.test.slice(1) ?? [], port).ended;
      expect(await ready()).toMatchObject({ code: 0 });
      await documents.stop();
      await untilSo(async () => (await ready()).err.includes('documents fails since'));
      expect(await run(step('HEALTHCHECK')?.json ?? [], port).ended).toMatchObject({ code: 0 });
      await documents.start();
      await untilSo(async () => (await ready()).code === 0);
      child.kill('SIGTERM');
      expect(await ended).toMatchObject({ code: 0 });
    } finally {
      await Promise.all([log.close(), documents.dispose()]);
    }
  });
});
