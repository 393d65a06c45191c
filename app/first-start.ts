import { isoInstant, type Clock } from '../runtime/clock.js';
import { OWNER_SOURCE } from './credentials.js';
import { FIRST_WORKSPACE, type Engine } from './engine.js';

const WAIT_MS = 10_000;

export interface FirstStartOptions {
  readonly timeZone: string;
  readonly clock: Clock;
  /** `load`: an import of the sample is opened, for whoever loads it. */
  readonly sample: 'load' | 'none';
}

/** Gives an empty log a workspace and its owner's key; answers the key, undefined when there is one already. */
export async function makeFirstWorkspace(engine: Engine, options: FirstStartOptions): Promise<string | undefined> {
  // Another process that drives the projections makes it, or has made it.
  if (!engine.runner.isRunning() || (await hasKey(engine))) return undefined;
  const context = { workspace: FIRST_WORKSPACE, actor: 'cebe', at: isoInstant(options.clock()) };
  await engine.modules.access.createWorkspace({ name: 'My company', timeZone: options.timeZone }, context);
  // Before the key, which ends the first start: a sample that was promised is loaded, by this start or by a later one.
  if (options.sample === 'load') await openSample(engine, { ...options, context });
  const owner = await engine.modules.access.createKey({ name: 'owner', source: OWNER_SOURCE, role: 'owner' }, context);
  for (const model of ['api-keys', 'workspaces', 'imports']) await engine.runner.waitFor(model, owner.position, WAIT_MS);
  return owner.key;
}

/** Asked of the log itself: a start that was cut off between the workspace and its key goes on here. */
async function hasKey(engine: Engine): Promise<boolean> {
  for await (const event of engine.stores.eventStore.readAll({ after: -1n, categories: ['access'] })) {
    if (event.type === 'access.key_created') return true;
  }
  return false;
}

async function openSample(
  engine: Engine,
  { timeZone, clock, context }: FirstStartOptions & { readonly context: Parameters<Engine['modules']['imports']['start']>[1] },
): Promise<void> {
  for await (const _opened of engine.stores.eventStore.readAll({ after: -1n, categories: ['import'] })) return;
  const [{ shiftOfFile, SAMPLE_LABEL }, { sampleFile }] = await Promise.all([
    import('../cli/import/cdnow-import.js'),
    import('../cli/import/sample-file.js'),
  ]);
  const shift = await shiftOfFile(sampleFile(), { zone: timeZone, now: clock() });
  await engine.modules.imports.start({ label: SAMPLE_LABEL, shift_days: shift }, context);
}
