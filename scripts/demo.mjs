import { runCebe } from './run-cebe.mjs';

await runCebe('demo');
