import { createInterface } from 'node:readline/promises';
import { EngineError } from '../contracts/errors.js';
import type { Output } from './output.js';

export interface ConfirmOptions {
  /** True with `--yes`. */
  readonly yes: boolean;
  /** What a person must type to go on. */
  readonly name: string;
  /** What is about to happen. */
  readonly consequence: string;
}

/** Goes on with `--yes` or the typed name; throws `confirmation_missing` otherwise, and without asking where nobody can answer. */
export async function confirm(output: Output, { yes, name, consequence }: ConfirmOptions): Promise<void> {
  if (yes) return;
  if (!output.interactive)
    throw new EngineError('confirmation_missing', `${consequence} Expected --yes, since nobody can be asked here.`);
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const typed = await prompt.question(`${consequence}\nType ${name} to go on: `).finally(() => prompt.close());
  if (typed.trim() !== name) throw new EngineError('confirmation_missing', `Expected ${name}; nothing was done.`);
}
