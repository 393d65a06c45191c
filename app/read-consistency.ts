import type { ReadConsistency } from '../api/read-consistency.js';
import { parsePosition } from '../runtime/positions.js';
import type { Runner } from '../runtime/runner.js';

/** Reads wait for the processors of this process. */
export function createReadConsistency(runner: Pick<Runner, 'waitFor' | 'asOf'>, storeId: string): ReadConsistency {
  return {
    async of(model, asked, key) {
      if (asked.min_position !== undefined) {
        await runner.waitFor(model, parsePosition(asked.min_position, storeId), asked.wait_ms);
      }
      return runner.asOf(model, key);
    },
  };
}
