import { stat } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { EngineError } from '../../contracts/errors.js';

/** Passes for a file that can be looked at; `not_found` or `invalid_input` otherwise. */
export async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new EngineError('not_found', `Expected a file at ${path}, found nothing.`);
  if (found.isDirectory()) throw new EngineError('invalid_input', `Expected a file at ${path}, found a folder.`);
}

/** Standard input, which ends with an error when the person wants to stop. */
export function stdinUntil(signal: AbortSignal): Readable {
  return addAbortSignal(signal, process.stdin);
}
