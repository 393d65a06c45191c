import { createErasureCommands, type ErasureCommands } from '../commands/erasure/erasure.commands.js';
import { createErasureSaga, type ErasureSaga } from '../commands/erasure/erasure.saga.js';
import type { ErasureDeps } from '../commands/erasure/erasure-deps.js';
import type { Runner } from '../runtime/runner.js';

/** The read models that hold something of a customer, or about what a customer sent. */
const MODELS = ['profiles', 'messages', 'quarantine'];
const FOLDED_MS = 30_000;

export interface ErasuresOptions extends Omit<ErasureDeps, 'untilFolded'> {
  readonly runner: Pick<Runner, 'waitFor'>;
}

/** Erasures, and what finishes those that were started. */
export interface ComposedErasures extends ErasureCommands {
  readonly saga: ErasureSaga;
}

/** Erasures that wait for the read models of this process. */
export function composeErasures({ runner, ...options }: ErasuresOptions): ComposedErasures {
  const deps: ErasureDeps = {
    ...options,
    async clusterOf(workspace, customerId) {
      // Who was merged a moment ago is the same person, too.
      await runner.waitFor('profiles', await options.eventStore.head(), FOLDED_MS);
      return options.clusterOf(workspace, customerId);
    },
    async untilFolded(position) {
      await Promise.all(MODELS.map((model) => runner.waitFor(model, position, FOLDED_MS)));
    },
  };
  const commands = createErasureCommands(deps);
  return { ...commands, saga: createErasureSaga(deps, commands) };
}
