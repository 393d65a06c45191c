import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The version of this program, from its package.json: one folder up in the sources, two in the built program. */
export function readVersion(): string {
  const near = fileURLToPath(new URL('../package.json', import.meta.url));
  const path = existsSync(near) ? near : fileURLToPath(new URL('../../package.json', import.meta.url));
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(path, 'utf8'))).version;
}
