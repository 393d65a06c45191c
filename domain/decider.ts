/** A fact that a decider produces or folds: its type and its plain data. */
export interface DomainEvent {
  readonly type: string;
  readonly data: object;
}

/**
 * A decision as data: the state is the fold of the stream, `decide` answers the facts that follow (`[]`: already so) or throws a coded refusal.
 * Deciding the same command again after folding its facts yields nothing.
 */
export interface Decider<State, Command, Event extends DomainEvent> {
  readonly initialState: State;
  evolve(state: State, event: Event): State;
  decide(command: Command, state: State): readonly Event[];
}
