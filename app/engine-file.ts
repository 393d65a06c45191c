import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const engineFileSchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  port: z.int().min(1).max(65_535),
  token: z.string().min(1),
  version: z.string(),
});

/** How the commands of this machine find the running engine of a data folder: its address and the local admin token. */
export type EngineFile = z.infer<typeof engineFileSchema>;

/** Writes `engine.json`, readable by its owner only, whole or not at all. */
export async function writeEngineFile(dataDir: string, engine: EngineFile): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const path = enginePath(dataDir);
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(engine, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, path);
}

/** The engine that runs on the data folder; null when none does, also when one died without clearing up. */
export async function readEngineFile(dataDir: string): Promise<EngineFile | null> {
  const path = enginePath(dataDir);
  if (!existsSync(path)) return null;
  const parsed = engineFileSchema.safeParse(readJson(await readFile(path, 'utf8')));
  return parsed.success && isRunning(parsed.data.pid) ? parsed.data : null;
}

/** Removes what this process wrote. */
export async function removeEngineFile(dataDir: string): Promise<void> {
  const engine = await readEngineFile(dataDir);
  if (engine?.pid === process.pid) await rm(enginePath(dataDir), { force: true });
}

/** The URL of an engine for programs on the same machine. */
export function localUrl(engine: Pick<EngineFile, 'host' | 'port'>): string {
  const anyAddress = engine.host === '0.0.0.0' || engine.host === '::';
  const host = anyAddress ? '127.0.0.1' : engine.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${engine.port}`;
}

function enginePath(dataDir: string): string {
  return join(dataDir, 'engine.json');
}

function readJson(text: string): unknown {
  try {
    // JSON.parse declares any; the schema decides.
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process exists, and is someone else's.
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EPERM';
  }
}
