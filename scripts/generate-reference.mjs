#!/usr/bin/env node
// Writes docs/reference/events.md, errors.md and access-matrix.md from what is built; with --check it only says whether they are up to date.
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

async function loadPages() {
  try {
    const [pages, matrix] = await Promise.all([
      import('../dist/contracts/reference.js'),
      import('../dist/api/access-reference.js'),
    ]);
    return { ...pages, ...matrix };
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error('expected the program in dist/; run `npm run build` first');
    process.exit(1);
  }
}

/** Those of an engine that is opened on a folder of its own for a moment. */
async function routesOfTheEngine() {
  const folder = mkdtempSync(join(tmpdir(), 'cebe-reference-'));
  const [{ readConfig }, { openStores }, { openEngine }, { createLogger }, { routesOf }] = await Promise.all(
    ['app/config', 'app/open-stores', 'app/engine', 'app/logger', 'api/route-list'].map((name) => import(`../dist/${name}.js`)),
  );
  const { Registry } = await import('prom-client');
  try {
    const config = readConfig({ CEBE_DATA_DIR: folder }, folder);
    const engine = await openEngine(await openStores(config), {
      config,
      logger: createLogger('silent'),
      metrics: new Registry(),
      version: '0.0.0',
      token: 'cebe_local_reference',
      clock: Date.now,
      newId: randomUUID,
      publicUrl: () => 'http://127.0.0.1',
    });
    await engine.api.ready();
    const routes = routesOf(engine.api);
    await engine.close();
    return routes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const { errorsReference, eventsReference, accessReference } = await loadPages();
const pages = [
  ['events.md', eventsReference()],
  ['errors.md', errorsReference()],
  ['access-matrix.md', accessReference(await routesOfTheEngine())],
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
