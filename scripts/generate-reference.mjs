#!/usr/bin/env node
// Writes what follows from the built program: pages of docs/reference, and the frozen form of versions that have none yet. With --check it
// only says whether all is up to date. A published contract that changed is never written over: it is named, with how to go on.
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const isCheck = process.argv.includes('--check');

async function built(path) {
  try {
    return await import(`../dist/${path}`);
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error('expected the built contracts in dist/; run `npm run build` first');
    process.exit(1);
  }
}

function textOf(file) {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch {
    return undefined;
  }
}

function filesIn(folder) {
  mkdirSync(join(root, folder), { recursive: true });
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.json'));
  return new Map(names.map((name) => [name, textOf(join(folder, name))]));
}

/** Those of an engine that is opened on a folder of its own for a moment. */
async function routesOfTheEngine() {
  const folder = mkdtempSync(join(tmpdir(), 'cebe-reference-'));
  const [{ readConfig }, { openStores }, { openEngine }, { createLogger }, { routesOf }] = await Promise.all(
    ['app/config', 'app/open-stores', 'app/engine', 'app/logger', 'api/route-list'].map((name) => built(`${name}.js`)),
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

const { errorsReference, eventsReference } = await built('contracts/reference.js');
const { accessReference } = await built('api/access-reference.js');
const { reviewFrozen } = await built('contracts/frozen-files.js');
const { listContracts } = await built('contracts/events/event-contracts.js');

const frozen = { contracts: 'test/fixtures/contracts', events: 'test/fixtures/events' };
const review = reviewFrozen(listContracts(), { contracts: filesIn(frozen.contracts), events: filesIn(frozen.events) });
for (const problem of review.broken) console.error(`expected published contracts to stay as they are:\n${problem}`);
if (review.broken.length > 0) process.exitCode = 1;

const wanted = [
  ['docs/reference/events.md', eventsReference()],
  ['docs/reference/errors.md', errorsReference()],
  ['docs/reference/access-matrix.md', accessReference(await routesOfTheEngine())],
  ...['contracts', 'events'].flatMap((kind) => [...review.toWrite[kind]].map(([name, text]) => [join(frozen[kind], name), text])),
];
for (const [file, text] of wanted.filter(([file, text]) => textOf(file) !== text)) {
  if (isCheck) {
    console.error(`${file} is stale; run \`node scripts/generate-reference.mjs\``);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
    console.error(`wrote ${file}`);
  }
}
