import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { startEngine, type RunningEngine } from '../../app/start-engine.js';
import { readConfig } from '../../app/config.js';
import { createHttpClient } from '../../cli/http-client.js';
import { sampleFile } from '../../cli/import/sample-file.js';
import { endCebeProcesses, startCebe } from '../support/cebe-process.js';
import { type CommandRun, runCommand } from '../support/command-line.js';
import { type EventStoreDbStandIn, startEventStoreDbStandIn } from '../support/eventstoredb-stand-in/stand-in.js';
import { type MongoStandIn, startMongoStandIn } from '../support/mongo-stand-in.js';

const LINES = 400;

let folder: string;
let backup: string;
let servers: { readonly events: EventStoreDbStandIn; readonly mongo: MongoStandIn };
const at = (name: string): string => join(folder, name);

type Environment = Readonly<Record<string, string>>;

const embedded = (data: string): Environment => ({ CEBE_DATA_DIR: at(data), CEBE_PORT: '0', CEBE_LOG_LEVEL: 'silent' });
const onServers = (data: string): Environment => ({
  ...embedded(data),
  EVENTSTORE_URL: servers.events.url,
  MONGODB_URL: servers.mongo.url,
});

const cebe = (env: Environment, ...args: readonly string[]): Promise<CommandRun> => runCommand([...args, '--json'], env, folder);

async function done(env: Environment, ...args: readonly string[]): Promise<unknown> {
  const { exitCode, stdout, stderr } = await cebe(env, ...args);
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null') as unknown;
}

/** How a command failed. */
async function code(run: Promise<CommandRun>): Promise<readonly [number, unknown]> {
  const { exitCode, stderr } = await run;
  const line = stderr.trim().split('\n').at(-1) ?? '';
  // With --json a failure is one line of JSON.
  return [exitCode, (JSON.parse(line) as { readonly code: unknown }).code];
}

async function running<Result>(env: Environment, use: (engine: RunningEngine) => Promise<Result>): Promise<Result> {
  const engine = await startEngine(readConfig(env, folder), { sample: 'none' });
  return use(engine).finally(() => engine.stop());
}

const copied = z.looseObject({ events: z.int(), log_sha256: z.string(), vault_entries: z.int(), vault_sha256: z.string() });
const page = z.looseObject({ data: z.array(z.looseObject({ qontak_customer_id: z.string() })) });

/** What users see of everyone, once everything is folded, when `projection verify` finds nothing else. */
async function seen(env: Environment): Promise<unknown> {
  return running(env, async ({ url, token }) => {
    const client = createHttpClient(url, token);
    const verdict = z.looseObject({ equal: z.boolean(), documents: z.int() });
    const verdicts: unknown[] = [];
    for (const name of ['profiles', 'segments', 'imports', 'api-keys', 'workspaces']) {
      let last: unknown;
      for await (const line of client.lines('POST', `/v1/projections/${name}/verify`, z.looseObject({}), {
        query: { follow: 'true' },
      })) {
        last = line;
      }
      const { equal, documents } = verdict.parse(last);
      verdicts.push({ name, equal, documents });
    }
    const customers = await client.request('GET', '/v1/customers', page, { query: { limit: 200 } });
    const segments = await client.request(
      'GET',
      '/v1/segments',
      z.looseObject({ data: z.array(z.looseObject({ member_count: z.int() })) }),
    );
    return { verdicts, customers: customers.data, members: segments.data.map(({ member_count }) => member_count) };
  });
}

// Each command listens for Ctrl-C as long as its process lives; here that is one for all.
process.setMaxListeners(100);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cebe-backup-'));
  backup = at('whole.cebe');
  const [events, mongo] = await Promise.all([startEventStoreDbStandIn(), startMongoStandIn()]);
  servers = { events, mongo };
  const lines = (await readFile(sampleFile(), 'utf8')).split('\n').slice(0, LINES);
  await writeFile(at('slice.txt'), lines.join('\n'));
  await done(embedded('data'), 'import', 'cdnow', 'slice.txt');
  await running(embedded('data'), async ({ url, token }) => {
    const rule = { type: 'behavior', event: 'order_created', op: 'did_event', count_gte: 2 };
    const saved = await createHttpClient(url, token).request('POST', '/v1/segments', z.looseObject({ segment_id: z.string() }), {
      body: { name: 'Came back', rule },
    });
    expect(saved.segment_id).not.toBe('');
    // The engine runs: nothing is locked and nothing waits.
    expect(await done(embedded('data'), 'backup', 'running.cebe')).toMatchObject({ file: at('running.cebe') });
  });
});

afterAll(async () => {
  endCebeProcesses();
  await Promise.all([servers.events.close(), servers.mongo.dispose()]);
  await rm(folder, { recursive: true, force: true });
});

const keyTo = async (data: string): Promise<void> => {
  await mkdir(at(data), { recursive: true });
  await cp(at('data/vault.key'), at(`${data}/vault.key`));
};

describe('a data folder with purchases and a segment', () => {
  let before: unknown;
  let sums: z.infer<typeof copied>;

  it('is backed up, also while its engine runs, and shows the same when it is restored elsewhere', async () => {
    before = await seen(embedded('data'));
    expect(before).toMatchObject({
      verdicts: [{ equal: true }, { equal: true }, { equal: true }, { equal: true }, { equal: true }],
    });
    sums = copied.parse(await done(embedded('data'), 'backup', backup));
    expect(sums.events).toBeGreaterThan(LINES);
    expect(await done(embedded('nowhere'), 'restore', backup, '--check')).toMatchObject({ whole: true, events: sums.events });
    expect(await done(embedded('nowhere'), 'restore', 'running.cebe', '--check')).toMatchObject({ whole: true });
    await keyTo('restored');
    expect(copied.parse(await done(embedded('restored'), 'restore', backup))).toMatchObject({
      log_sha256: sums.log_sha256,
      vault_sha256: sums.vault_sha256,
    });
    expect(await seen(embedded('restored'))).toEqual(before);
  });

  it('shows the same when it is migrated to servers, and from there into another folder', async () => {
    const there = copied.parse(await done(onServers('restored'), 'migrate', '--to', 'servers'));
    expect(await seen(onServers('restored'))).toEqual(before);
    await keyTo('back');
    const back = copied.parse(await done(onServers('back'), 'migrate', '--to', 'embedded'));
    expect(back.log_sha256).toBe((await currentSums()).log_sha256);
    expect(there.vault_entries).toBeGreaterThan(0);
    expect(await seen(embedded('back'))).toEqual(before);
  });

  it('shows the same when its backup is restored on servers', async () => {
    const [events, mongo] = await Promise.all([startEventStoreDbStandIn(), startMongoStandIn()]);
    try {
      await keyTo('node');
      const env = { ...embedded('node'), EVENTSTORE_URL: events.url, MONGODB_URL: mongo.url };
      expect(copied.parse(await done(env, 'restore', backup)).log_sha256).toBe(sums.log_sha256);
      expect(await code(cebe(env, 'restore', backup))).toEqual([1, 'target_not_empty']);
      expect(await seen(env)).toEqual(before);
    } finally {
      await Promise.all([events.close(), mongo.dispose()]);
    }
  });

  it('is restored by a process that was killed on the way, and another one that goes on', async () => {
    await cutOff('killed');
    expect(await code(cebe(embedded('killed'), 'backup', 'part.cebe'))).toEqual([1, 'copy_unfinished']);
    await expect(startEngine(readConfig(embedded('killed'), folder), { sample: 'none' })).rejects.toMatchObject({
      code: 'copy_unfinished',
    });
    expect(copied.parse(await done(embedded('killed'), 'restore', backup)).log_sha256).toBe(sums.log_sha256);
    expect(await seen(embedded('killed'))).toEqual(before);
  });

  /** Kills a restore on the way: one that was through before the blow fell is begun anew. */
  async function cutOff(data: string): Promise<void> {
    const begun = join(at(data), 'unfinished-copy.json');
    for (;;) {
      await rm(at(data), { recursive: true, force: true });
      await keyTo(data);
      const cut = startCebe(['restore', backup], { dataDir: at(data) });
      const state = { isOver: false };
      void cut.ended.then(() => (state.isOver = true));
      while (!existsSync(begun) && !state.isOver) await setImmediate();
      cut.kill('SIGKILL');
      const how = await cut.ended;
      if (how === 'SIGKILL' && existsSync(begun)) return;
      expect(['SIGKILL', 0]).toContain(how);
    }
  }

  /** What the servers hold by now: their engine may have recorded something of its own. */
  async function currentSums(): Promise<z.infer<typeof copied>> {
    return copied.parse(await done(onServers('back'), 'backup', 'servers.cebe'));
  }
});

describe('commands that cannot do what is asked', () => {
  it('say why, with the exit code for it, and leave what is there', async () => {
    const { size } = await stat(backup);
    expect(await code(cebe(embedded('data'), 'backup', backup))).toEqual([1, 'target_not_empty']);
    expect((await stat(backup)).size).toBe(size);
    expect(await code(cebe(embedded('nowhere'), 'backup', 'x.cebe'))).toEqual([4, 'engine_unreachable']);
    expect(await code(cebe(embedded('data'), 'restore', backup))).toEqual([1, 'target_not_empty']);
    expect(await code(cebe(embedded('nokey'), 'restore', backup))).toEqual([1, 'vault_key_wrong']);
    const wrong = { ...embedded('wrong'), CEBE_VAULT_KEY: Buffer.alloc(32, 9).toString('base64') };
    expect(await code(cebe(wrong, 'restore', backup))).toEqual([1, 'vault_key_wrong']);
    expect(await code(cebe(embedded('data'), 'migrate', '--to', 'servers'))).toEqual([2, 'config_invalid']);
    expect((await cebe(embedded('data'), 'migrate', '--to', 'elsewhere')).exitCode).toBe(2);
    await running(embedded('data'), async () => {
      expect(await code(cebe(onServers('data'), 'migrate', '--to', 'servers'))).toEqual([5, 'data_folder_locked']);
    });
  });

  it('find damage in a backup', async () => {
    const bytes = await readFile(backup);
    const middle = Math.floor(bytes.length / 2);
    bytes.writeUInt8(bytes.readUInt8(middle) ^ 0xff, middle);
    await writeFile(at('damaged.cebe'), bytes);
    const checked = await cebe(embedded('nowhere'), 'restore', 'damaged.cebe', '--check');
    expect(checked.exitCode).toBe(3);
    expect(JSON.parse(checked.stdout)).toMatchObject({ whole: false });
    await keyTo('empty');
    expect(await code(cebe(embedded('empty'), 'restore', 'damaged.cebe'))).toEqual([1, 'backup_damaged']);
    await running(embedded('empty'), () => Promise.resolve());
  });
});
