import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isMainThread } from 'node:worker_threads';

/** Preloaded (`--import`) into an engine that is measured: gives each thread the name of its file, so that its CPU time can be told. */
const name = isMainThread ? 'main' : basename(process.argv[1] ?? 'worker').replace(/\.worker\.js$/, '');
try {
  // Linux; synchronous calls are made by the calling thread itself.
  writeFileSync('/proc/thread-self/comm', name.slice(0, 15));
} catch {
  // Elsewhere threads keep their numbers.
}
