// Reads Jest's reports of a run: node test-results.mjs failed|count <folder>. The folder holds first.json and, where files ran again, again.json.
// `failed` names the files in which something failed; `count` says how many tests passed, failed and were skipped, which files are unsteady,
// and how many cases of the ports' contracts each adapter was held to.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const [what, folder] = process.argv.slice(2);

/** What came of each file, by its path. */
function resultsOf(name) {
  const report = join(folder, name);
  if (!existsSync(report)) return new Map();
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  return new Map(testResults.map((result) => [relative('.', result.name), countsOf(result)]));
}

function countsOf({ status, assertionResults }) {
  const withStatus = (...wanted) => assertionResults.filter((test) => wanted.includes(test.status)).length;
  // A file can fail without a test that failed: when it cannot be loaded, or what it does before or behind its tests fails.
  const failed = status === 'failed' ? Math.max(1, withStatus('failed')) : 0;
  return { passed: withStatus('passed'), failed, skipped: withStatus('pending', 'todo', 'skipped', 'disabled') };
}

const first = resultsOf('first.json');
if (what === 'failed') {
  for (const [path, { failed }] of first) if (failed > 0) console.log(path);
} else {
  const again = resultsOf('again.json');
  for (const [path, { failed }] of again) if (failed === 0) console.error(`unsteady: ${path} (failed once, passed alone)`);
  const results = new Map([...first, ...again]);
  for (const [path, { passed, skipped }] of [...results].sort()) {
    if (path.startsWith('test/contract/')) console.error(`contract cases: ${path}: ${passed} passed, ${skipped} skipped`);
  }
  const counts = [...results.values()];
  const sum = (name) => counts.reduce((total, each) => total + each[name], 0);
  console.log(sum('passed'), sum('failed'), sum('skipped'));
}
