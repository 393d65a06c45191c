import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { endEngineChildren, startEngineChild, type EngineChild } from '../support/engine-child.js';

const EVENTS = 20;
const calls = ['fdatasync', 'fsync', 'read', 'recvfrom', 'write', 'writev', 'sendto', 'sendmsg', 'pwrite64'];
const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;
const traced = canTrace ? it : it.skip;

afterEach(endEngineChildren);

type Step = 'arrived' | 'written' | 'synced' | 'answered';

async function push(engine: EngineChild, number: number): Promise<number> {
  const properties = { order_id: String(number), amount: 3, currency: 'USD', created_at: '2026-01-02T03:04:05Z' };
  const event = { type: 'order_created', message_id: `m${number}`, customer: { qontak_customer_id: 'k1' }, properties };
  const response = await fetch(`${engine.url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${engine.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ events: [event] }),
  });
  await response.text();
  return response.status;
}

/** What the trace says, in its order; a call that others interrupted counts where it ended. */
function stepsOf(trace: string): readonly Step[] {
  const unfinished = new Map<string, string>();
  return trace.split('\n').flatMap((line): readonly Step[] => {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) {
      unfinished.set(thread, rest);
      return [];
    }
    return stepOf(rest.replace(/^<\.\.\. \w+ resumed>/, () => unfinished.get(thread) ?? ''));
  });
}

function stepOf(call: string): readonly Step[] {
  if (/^(read|recvfrom)\(.*"POST \/v1\/events/.test(call)) return ['arrived'];
  if (/^(write|writev|sendto|sendmsg)\(.*"HTTP\/1\.1 200/.test(call)) return ['answered'];
  if (/^p?write(64)?\(\d+<[^>]*log\.sqlite-wal>/.test(call)) return ['written'];
  if (/^(fsync|fdatasync)\(\d+<[^>]*log\.sqlite-wal>.* = 0$/.test(call)) return ['synced'];
  return [];
}

const title = canTrace ? '' : ' (skipped: strace is not installed, or may not trace here)';
traced(`answers 200 only after the log's file was written and that write was synced${title}`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cebe-trace-'));
  const file = join(folder, 'trace.txt');
  const engine = await startEngineChild({ dataDir: join(folder, 'data'), trace: { file, calls } });
  if (engine === null) throw new Error('expected the engine to start');
  for (let number = 0; number < EVENTS; number += 1) expect(await push(engine, number)).toBe(200);
  await engine.stop();

  const steps = stepsOf(await readFile(file, 'utf8'));
  const requests = steps.join(' ').split('arrived ').slice(1);
  expect(requests).toHaveLength(EVENTS);
  // From the arrival of each request to its answer: all that was written is synced.
  for (const request of requests) expect(request).toMatch(/^((written )+synced )+answered\b/);
  await rm(folder, { recursive: true });
});
