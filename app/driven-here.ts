import { EngineError } from '../contracts/errors.js';
import type { ProjectionDeadLetters } from '../runtime/dead-letters.js';
import type { Runner } from '../runtime/runner.js';

/** What only the process that drives the projections can do. */
export interface DrivenHere extends Pick<Runner, 'status' | 'rebuild' | 'rebuildOf' | 'verify'> {
  readonly deadLetters: ProjectionDeadLetters;
}

/** The runner, which refuses with `driven_elsewhere` what another process would have to do while that one drives the projections. */
export function drivenHere(runner: Runner): DrivenHere {
  function assertHere(): void {
    if (!runner.isStandingBy()) return;
    const expected =
      'Expected the process that drives the projections; another process on the same servers does, and this one stands by.';
    throw new EngineError('driven_elsewhere', `${expected} Ask the one whose /readyz does not say so.`);
  }

  return {
    status: () => runner.status(),
    async rebuild(name, mode) {
      assertHere();
      return runner.rebuild(name, mode);
    },
    async rebuildOf(name) {
      assertHere();
      return runner.rebuildOf(name);
    },
    verify(name) {
      assertHere();
      return runner.verify(name);
    },
    deadLetters: {
      list(filter) {
        assertHere();
        return runner.deadLetters.list(filter);
      },
      get(id) {
        assertHere();
        return runner.deadLetters.get(id);
      },
      async retry(id) {
        assertHere();
        return runner.deadLetters.retry(id);
      },
      async drop(id, actor) {
        assertHere();
        return runner.deadLetters.drop(id, actor);
      },
    },
  };
}
