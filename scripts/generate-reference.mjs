#!/usr/bin/env node
// Writes docs/reference/events.md and errors.md from the built contracts; with --check it only says whether they are up to date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

async function loadPages() {
  try {
    return await import('../dist/contracts/reference.js');
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error('expected the built contracts in dist/; run `npm run build` first');
    process.exit(1);
  }
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const { errorsReference, eventsReference } = await loadPages();
const pages = [
  ['events.md', eventsReference()],
  ['errors.md', errorsReference()],
];
const folder = join(root, 'docs', 'reference');
const stale = pages.filter(([name, text]) => textOf(join(folder, name)) !== text);

if (process.argv.includes('--check')) {
  for (const [name] of stale) console.error(`docs/reference/${name} is stale; run \`node scripts/generate-reference.mjs\``);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of stale) {
    writeFileSync(join(folder, name), text);
    console.error(`wrote docs/reference/${name}`);
  }
}
