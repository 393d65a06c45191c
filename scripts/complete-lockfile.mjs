import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './ensure.mjs';

/**
 * Adds to package-lock.json the platform packages that the registry in use did not serve when it was written: `npm ci` refuses a lockfile
 * without them, on every platform. Run it after `npm install`. Their versions are the exact ones that their parents ask for.
 */
const file = join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];

for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(path, name)) continue;
    const platform = platformOf(name);
    if (platform === null || !/^\d+\.\d+\.\d+/.test(version)) throw new Error(`cannot tell the platform of ${name}@${version}`);
    const { cpu, libc, os } = platform;
    lock.packages[`node_modules/${name}`] = { version, cpu, ...(entry.dev ? { dev: true } : {}), ...libc, optional: true, os };
    added.push(name);
  }
}

if (added.length > 0) {
  const { '': self, ...others } = lock.packages;
  const sorted = Object.entries(others).sort(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = { '': self, ...Object.fromEntries(sorted) };
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
console.error(`package-lock.json: ${added.length} platform packages added`);

/** As node looks a package up: beside the one that asks, then one folder further out each. */
function isLocked(path, name) {
  if (lock.packages[`${path === '' ? '' : `${path}/`}node_modules/${name}`] !== undefined) return true;
  return path !== '' && isLocked(path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/'))), name);
}

function platformOf(name) {
  const match =
    /(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|x64|ia32|ppc64|riscv64|s390x|loong64)(?:-(.+))?$/.exec(name);
  if (match === null) return null;
  const [, os, cpu, abi = ''] = match;
  const libc = abi.startsWith('gnu') ? ['glibc'] : abi.startsWith('musl') ? ['musl'] : null;
  return { os: [os], cpu: [cpu], libc: os === 'linux' && libc !== null ? { libc } : {} };
}
