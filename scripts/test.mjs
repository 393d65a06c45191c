import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build, ensureInstalled, root } from './ensure.mjs';

// Worker threads and the tests that start the real process run from dist, so it is always brought up to date.
ensureInstalled();
process.stderr.write('cebe: building …\n');
build();
const jest = join(root, 'node_modules/jest/bin/jest.js');
const result = spawnSync(process.execPath, [jest, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
process.exit(result.status ?? 1);
