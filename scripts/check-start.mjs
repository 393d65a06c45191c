import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from './ensure.mjs';

/** Starts the built program in plain node, waits until it is ready, stops it with SIGTERM: Jest would hide mistakes in ESM imports. */
const folder = mkdtempSync(join(tmpdir(), 'cebe-start-'));
const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'start', '--empty'], {
  cwd: folder,
  // Nothing that is set outside, and whatever port is free: it tells in its data folder.
  env: { PATH: process.env.PATH, CEBE_DATA_DIR: join(folder, 'data'), CEBE_PORT: '0', CEBE_HOST: '127.0.0.1' },
  stdio: ['ignore', 'ignore', 'inherit'],
  // A process group of its own, so that whatever it leaves behind can be found.
  detached: true,
});
const exited = once(child, 'exit');
// Interrupted, it leaves nothing either.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    leaveNothing();
    process.exit(1);
  });
}

try {
  await ready(120_000);
  child.kill('SIGTERM');
  const outcome = await Promise.race([exited, delay(60_000, null, { ref: false })]);
  if (outcome === null) throw new Error('still running 60 s after SIGTERM');
  const [code, signal] = outcome;
  if (code !== 0) throw new Error(`ended with ${code === null ? signal : `exit code ${code}`} instead of exit code 0`);
  if (groupAlive(child.pid)) throw new Error('left a process behind');
  console.error('check-start: ready, stopped, nothing left');
} catch (error) {
  console.error(`check-start: ${error.message}`);
  process.exitCode = 1;
} finally {
  leaveNothing();
}

function leaveNothing() {
  if (groupAlive(child.pid)) process.kill(-child.pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

async function ready(limitMs) {
  const until = Date.now() + limitMs;
  let last = 'no answer';
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`ended with exit code ${child.exitCode} before it was ready`);
    try {
      const { port } = JSON.parse(readFileSync(join(folder, 'data/engine.json'), 'utf8'));
      const response = await fetch(`http://127.0.0.1:${port}/readyz`);
      if (response.status === 200) return;
      last = `status ${response.status}`;
    } catch (error) {
      last = error.cause?.code ?? error.message;
    }
    await delay(100);
  }
  throw new Error(`not ready within ${limitMs / 1000} s: ${last}`);
}

function groupAlive(pid) {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}
