import { join } from 'node:path';
import type { HttpClient } from '../http-client.js';
import type { Output } from '../output.js';
import { planCdnow, SAMPLE_LABEL } from './cdnow-import.js';
import { listImports } from './open-import.js';
import { runImport, type ImportResult } from './run-import.js';
import { sampleFile } from './sample-file.js';

export interface LoadSampleOptions {
  readonly client: HttpClient;
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly dataDir: string;
}

/** Loads the sample into a workspace whose first start opened an import for it, or goes on with that; null when there is none to load. */
export async function loadSample({ client, output, signal, dataDir }: LoadSampleOptions): Promise<ImportResult | null> {
  const open = (await listImports(client, SAMPLE_LABEL)).find(({ state }) => state === 'open');
  if (open === undefined) return null;
  output.note('loading the sample: 69,659 real purchases of the music shop CDNOW, moved so that the last one was yesterday');
  const plan = await planCdnow(sampleFile(), { client, now: Date.now(), dates: 'shift', label: SAMPLE_LABEL });
  const statePath = join(dataDir, 'imports', 'sample.json');
  return runImport(plan, { client, output, signal, statePath, importId: open.import_id });
}
