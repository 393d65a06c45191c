import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, with a slash at the end. */
export const root = fileURLToPath(new URL('../', import.meta.url));

const buildConfig = 'tsconfig.build.json';
const stamp = join(root, 'dist/.built');

/** Installs what the lockfile names, unless exactly that is installed. */
export function ensureInstalled() {
  requireNode();
  if (installed()) return;
  say('installing packages from package-lock.json …');
  // Development packages hold the compiler, so they are wanted even under NODE_ENV=production.
  const npm = process.env.npm_execpath;
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  if (npm?.endsWith('.js')) run(process.execPath, [npm, ...args]);
  else run('npm', args);
}

/** Builds `dist` when it is absent or older than a source. */
export function ensureBuilt() {
  if (existsSync(stamp) && existsSync(join(root, 'dist/cli/main.js')) && statSync(stamp).mtimeMs >= newestSource()) return;
  say('building …');
  build();
}

/** Builds `dist`, reusing what the last build left. */
export function build() {
  const startedAt = new Date();
  // The compiler emits only what its build info calls changed: files missing from dist would stay missing.
  if (!existsSync(join(root, 'dist/cli/main.js'))) rmSync(join(root, 'dist'), { recursive: true, force: true });
  rmSync(stamp, { force: true });
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', buildConfig]);
  // npx runs it as a program; the compiler writes plain files.
  chmodSync(join(root, 'dist/cli/main.js'), 0o755);
  writeFileSync(stamp, `${startedAt.toISOString()}\n`);
}

/** Runs a program to its end with its output on stderr; ends this process with its exit code if that is not 0. */
function run(command, args) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (result.status === 0) return;
  say(`${[command, ...args].join(' ')} failed${result.error === undefined ? '' : `: ${result.error.message}`}`);
  process.exit(result.status ?? 1);
}

function installed() {
  const wanted = readPackages('package-lock.json');
  const present = readPackages('node_modules/.package-lock.json');
  if (wanted === null) throw new Error('package-lock.json is missing');
  if (present === null) return false;
  // Optional packages are for other platforms; the entry '' is this package itself.
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' || entry.optional === true || entry.devOptional === true || present[path]?.version === entry.version,
  );
}

function readPackages(file) {
  const path = join(root, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : null;
}

function newestSource() {
  const { include } = JSON.parse(readFileSync(join(root, buildConfig), 'utf8'));
  const files = [
    ...include.flatMap((folder) => filesBelow(join(root, folder))),
    join(root, buildConfig),
    join(root, 'tsconfig.json'),
  ];
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(`Node 20.19 or newer is needed; this is ${process.versions.node}`);
  process.exit(1);
}

function say(text) {
  process.stderr.write(`cebe: ${text}\n`);
}
