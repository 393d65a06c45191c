import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { checkIntegrity } from '../stores/event-store/embedded/check-integrity.js';
import type { Config } from './config.js';
import { localUrl, readEngineFile } from './engine-file.js';
import { boundFiles } from './embedded-stores.js';
import type { CheckResult, DoctorCheck, OnRead } from './doctor-check.js';
import { dataFiles } from './stores.js';
import { assertWholeFolder, boundToAnother, isThere } from './whole-folder.js';

/** The checks of a configuration, in the order in which they are run. */
export function doctorChecks(config: Config): readonly DoctorCheck[] {
  const { servers } = config;
  return [
    { depth: 'quick', run: async () => [await checkDataFolder(config)] },
    servers === undefined
      ? { depth: 'quick', run: () => Promise.resolve(checkBelonging(config)) }
      : { depth: 'quick', run: async () => (await import('./doctor-servers.js')).checkServers(servers) },
    { depth: 'quick', run: () => checkEngine(config) },
    { depth: 'quick', run: () => checkSecrets(config) },
    // A server checks what it stores by itself.
    ...(servers === undefined ? [{ depth: 'deep', run: (onRead: OnRead) => checkLog(config, onRead) } as const] : []),
  ];
}

async function checkDataFolder({ dataDir }: Config): Promise<CheckResult> {
  const name = 'data folder';
  if (!existsSync(dataDir)) return { name, state: 'note', detail: `${dataDir} does not exist; the first start makes it` };
  const found = await stat(dataDir);
  if (!found.isDirectory()) return { name, state: 'problem', detail: `expected a folder at ${dataDir}, found something else` };
  return { name, state: 'ok', detail: dataDir };
}

/** A log and a vault that do not belong together are refused at the start: here is said why. */
function checkBelonging(config: Config): readonly CheckResult[] {
  const name = 'log and vault';
  const problem = (detail: string): readonly CheckResult[] => [{ name, state: 'problem', detail }];
  const files = boundFiles(config);
  try {
    assertWholeFolder(files);
    if (!isThere(files.log) || !isThere(files.vault)) return [];
    if (files.vaultKey !== undefined && !isThere(files.vaultKey)) {
      return problem(`expected the key of ${files.vault} in CEBE_VAULT_KEY or ${files.vaultKey}, found neither; restore it`);
    }
    const other = boundToAnother(files);
    if (other === null) return [{ name, state: 'ok', detail: 'they belong together' }];
    return problem(
      `expected the log ${other.expected} beside ${files.vault}, found the log ${other.found}; restore both from one backup`,
    );
  } catch (error) {
    return problem(error instanceof Error ? error.message : String(error));
  }
}

async function checkEngine({ dataDir }: Config): Promise<readonly CheckResult[]> {
  const name = 'engine';
  const engine = await readEngineFile(dataDir);
  if (engine === null) return [{ name, state: 'note', detail: 'none runs on this data folder' }];
  const runs = `version ${engine.version} runs at ${localUrl(engine)} (pid ${engine.pid})`;
  return [{ name, state: 'ok', detail: runs }, ...(await checkReadiness(localUrl(engine)))];
}

const readiness = z.object({ checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().optional() })) });

/** What the engine says of itself, e.g. which store it does not reach and since when. */
async function checkReadiness(url: string): Promise<readonly CheckResult[]> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(READINESS_MS) });
    const { checks } = readiness.parse(await answer.json());
    return checks.flatMap(({ name, ok, detail }) =>
      ok ? [] : [{ name: `engine: ${name}`, state: 'problem', detail: detail ?? 'not ready' } as const],
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [{ name: 'engine: ready', state: 'problem', detail: `expected an answer of ${url}/readyz, found none (${reason})` }];
  }
}

async function checkSecrets({ dataDir, vaultKeyFile }: Config): Promise<readonly CheckResult[]> {
  if (process.platform === 'win32') return [];
  const files = [join(dataDir, 'engine.json'), vaultKeyFile ?? join(dataDir, 'vault.key')].filter((file) => existsSync(file));
  return Promise.all(files.map(checkOwnerOnly));
}

async function checkOwnerOnly(file: string): Promise<CheckResult> {
  const { mode } = await stat(file);
  const open = (mode & 0o077) !== 0;
  const detail = open ? `expected ${file} to be readable by its owner only (chmod 600)` : `${file} is readable by its owner only`;
  return { name: 'secrets', state: open ? 'problem' : 'ok', detail };
}

/** Longer than the slowest answer of an engine that works. */
const READINESS_MS = 5_000;
const PROBLEMS_SHOWN = 10;

/** Reads every page, checksum and lookup table of the log, also while an engine runs on it. */
async function checkLog({ dataDir }: Config, onRead: OnRead): Promise<readonly CheckResult[]> {
  const name = 'log';
  const { log } = dataFiles(dataDir);
  if (!existsSync(log)) return [{ name, state: 'note', detail: `${log} does not exist; the first start makes it` }];
  const { events, problems } = await checkIntegrity(log, { depth: 'deep', onProgress: onRead });
  if (problems.length === 0) return [{ name, state: 'ok', detail: `${String(events)} events are as they were written` }];
  const shown = problems.slice(0, PROBLEMS_SHOWN).map(({ position, detail }): CheckResult => {
    return { name, state: 'problem', detail: position === undefined ? detail : `position ${String(position)}: ${detail}` };
  });
  if (problems.length <= PROBLEMS_SHOWN) return shown;
  return [...shown, { name, state: 'problem', detail: `and ${String(problems.length - PROBLEMS_SHOWN)} places more` }];
}
