import { isoInstant, type Clock } from '../runtime/clock.js';
import { FIRST_WORKSPACE, type Engine } from './engine.js';

const WAIT_MS = 10_000;

/** Gives an empty log a workspace and its owner's key; answers the key, undefined when there is one already. */
export async function makeFirstWorkspace(
  engine: Engine,
  options: { readonly timeZone: string; readonly clock: Clock },
): Promise<string | undefined> {
  if (await hasKey(engine)) return undefined;
  const context = { workspace: FIRST_WORKSPACE, actor: 'cebe', at: isoInstant(options.clock()) };
  await engine.modules.access.createWorkspace({ name: 'My company', timeZone: options.timeZone }, context);
  const owner = await engine.modules.access.createKey({ name: 'owner', source: 'owner', role: 'owner' }, context);
  await engine.runner.waitFor('api-keys', owner.position, WAIT_MS);
  await engine.runner.waitFor('workspaces', owner.position, WAIT_MS);
  return owner.key;
}

/** Asked of the log itself: a start that was cut off between the workspace and its key goes on here. */
async function hasKey(engine: Engine): Promise<boolean> {
  for await (const event of engine.stores.eventStore.readAll({ after: -1n, categories: ['access'] })) {
    if (event.type === 'access.key_created') return true;
  }
  return false;
}
