import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { EngineError } from '../contracts/errors.js';
import type { CommandContext } from './command-context.js';
import { requireFile } from './sending/input-file.js';

/** The value in a JSON file, or on stdin for `-`; `holding` names it in the error. Errors: `invalid_json`, and those of `requireFile`. */
export async function readJsonFile(file: string, holding: string, { cwd }: Pick<CommandContext, 'cwd'>): Promise<unknown> {
  const path = resolve(cwd, file);
  if (file !== '-') await requireFile(path);
  const json = file === '-' ? await text(process.stdin) : await readFile(path, 'utf8');
  try {
    return JSON.parse(json);
  } catch {
    throw new EngineError(
      'invalid_json',
      `Expected ${file === '-' ? 'stdin' : file} to hold ${holding} as JSON; it is not JSON.`,
    );
  }
}
