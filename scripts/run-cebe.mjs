import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, ensureInstalled, root } from './ensure.mjs';

/** Runs `cebe <command> <arguments of this script>` in this process, after installing and building what is missing. */
export async function runCebe(command) {
  ensureInstalled();
  ensureBuilt();
  const main = join(root, 'dist/cli/main.js');
  process.argv = [process.execPath, main, command, ...process.argv.slice(2)];
  await import(pathToFileURL(main).href);
}
