import { EngineError } from '../../contracts/errors.js';
import type { DeadLetters } from '../../contracts/read-models/dead-letters.port.js';

const unknown = (): Promise<never> =>
  Promise.reject(new EngineError('not_found', 'expected the id of a dead letter that waits, found none with this id'));

/** A kind of which nothing can wait. */
export const noDeadLetters: DeadLetters = {
  list: () => Promise.resolve({ letters: [], next: null }),
  groups: () => Promise.resolve([]),
  retry: unknown,
  drop: unknown,
};
