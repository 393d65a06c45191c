import { expect } from '@jest/globals';
import { EngineError } from '../../contracts/errors.js';
import type { ErrorCode } from '../../contracts/error-catalogue.js';
import type { Decider, DomainEvent } from '../../domain/decider.js';

/** What a decision led to, to be compared. */
export interface Outcome<Event> {
  /** These facts and no others; deciding again after folding them yields nothing. */
  then(...facts: readonly Event[]): void;
  thenNothing(): void;
  thenRefused(code: ErrorCode): void;
}

/** `given(facts).when(command).then(facts)` for one decider. */
export function specifyDecider<State, Command, Event extends DomainEvent>(decider: Decider<State, Command, Event>) {
  return {
    given: (...history: readonly Event[]) => ({
      when(command: Command): Outcome<Event> {
        const fold = (state: State, facts: readonly Event[]): State =>
          facts.reduce((folded, fact) => decider.evolve(folded, fact), state);
        const state = fold(decider.initialState, history);
        return {
          then(...facts) {
            const decided = decider.decide(command, state);
            expect(decided).toEqual(facts);
            expect(decider.decide(command, fold(state, decided))).toEqual([]);
          },
          thenNothing() {
            expect(decider.decide(command, state)).toEqual([]);
          },
          thenRefused(code) {
            expect(refusalOf(() => decider.decide(command, state))).toBe(code);
          },
        };
      },
    }),
  };
}

function refusalOf(decide: () => unknown): string {
  try {
    return `decided ${JSON.stringify(decide())}`;
  } catch (error) {
    if (error instanceof EngineError) return error.code;
    throw error;
  }
}
