import type { DecodedEvent } from '../contracts/events/decoded-event.js';
import type { NewEvent, Position } from '../contracts/events/event.js';
import type { JsonObject } from '../contracts/json.js';
import type { FindOptions, IndexSpec, WriteOutcome } from '../stores/document-store/document-store.port.js';
import type { ReadStreamOptions, StoredAt } from '../stores/event-store/event-store.port.js';

/** What a reactor remembers of one key; `at` is the latest instant (ISO-8601) that a decision about it was made for. */
export type ReactorState = JsonObject & { readonly at: string };

/** What all decisions of a reactor share (rules, settings): a fold over events in log order, so that each decision sees those in force at its event. */
export interface SharedFold<Shared extends JsonObject> {
  /** Event types it folds; they are delivered in log order, whether or not the projection has keys for them. */
  readonly handles: readonly string[];
  readonly initial: Shared;
  /** What a generation begins with instead of `initial`, where its projection depends on more than the log (`ProjectionEntry.basis`). */
  begin?(basis: JsonObject): Shared;
  /** Answers the same object when nothing changed. */
  evolve(shared: Shared, event: DecodedEvent): Shared;
}

/** One event of one key, to decide about. */
export interface Stimulus<Document, State, Shared> {
  readonly key: string;
  readonly before: Document | null;
  readonly after: Document | null;
  readonly state: State;
  readonly shared: Shared;
  readonly event: DecodedEvent;
  /** The instant of the decision, ISO-8601: the event's received_at, or state.at if that is later. */
  readonly at: string;
}

/** A decision: the same state object means that nothing changed. */
export interface Reaction<State> {
  readonly state: State;
  /**
   * Go to `stream(key)`. Ids are made from the cause, so that the same decision is the same event; `causation_id` is the id of the event
   * decided about (what `work` emits names something else), which is how decisions are recognised after a crash.
   */
  readonly emissions: readonly NewEvent[];
}

/**
 * Decides on behalf of a live projection, event by event: pure, no clock, no randomness. Imported history (`metadata.backfill`), the reactor's
 * own events and everything before the generation went live are folded but never decided about.
 */
export interface Reactor<Document extends JsonObject, State extends ReactorState, Shared extends JsonObject> {
  readonly shared: SharedFold<Shared>;
  /** Over the state documents `<name>@v<generation>.state`, whose body is the state. */
  readonly stateIndexes: readonly IndexSpec[];
  /** Types it emits; the projection must handle them. */
  readonly emits: readonly string[];
  /** The stream that the key's emissions go to, and the events decided about come from. */
  stream(key: string): string;
  /** The last revision of that stream that the document includes, -1n for none. */
  revision(document: Document | null): bigint;
  /** What is remembered of a key that has no stored state. */
  initialState(document: Document | null, key: string): State;
  /** Whether an event of a type in `emits` was emitted by this reactor (modules may push the same types). */
  isOwn(event: DecodedEvent): boolean;
  /** Folds an event of its own, found in the log after a start, into the state; folding it again changes nothing. */
  foldOwn(state: State, event: DecodedEvent): State;
  react(stimulus: Stimulus<Document, State, Shared>): Reaction<State>;
  /**
   * Up to which position the event takes everything about the key into account, so that `react` would neither emit nor change the state as
   * long as the document includes nothing behind it; null when the event has to be decided about. `state` is null when none is stored.
   */
  settledThrough?(event: DecodedEvent, shared: Shared, state: State | null): Position | null;
  /**
   * Called before the first decision of a process, and again when work has failed: what was decided for many keys at once may stand in the log
   * behind the position that is folded.
   */
  recall?(log: Recalled<Shared>): Promise<void>;
  /** When the state asks to be looked at again, ms since 1970; the processor then calls `work`. */
  dueAt?(state: State): number | undefined;
  /**
   * A bounded slice of other work between two batches of the same serial loop: due instants, bulk evaluations. Answers when it wants to be
   * called again: `now` (after the next batch), an instant in ms, or `idle` (after a wake-up, or when `dueAt` of a new state or a change of `shared` says so).
   */
  work?(tools: ReactorTools<Document, State, Shared>): Promise<'now' | 'idle' | number>;
}

/** How a generation came to be live: what happened up to `position` was replayed, never reacted to. */
export interface GenerationSwitch {
  readonly switch_id: string;
  readonly position: Position;
}

/** A key as `work` sees it. */
export interface Subject<Document, State> {
  readonly key: string;
  readonly document: Document | null;
  /** The stored state, else `initialState(document)`. */
  readonly state: State;
  readonly stored: boolean;
  /** True while the key waits for a person: its document stands still, so leave it alone. */
  readonly blocked: boolean;
}

/** Documents of a page without some of their fields, read ahead. */
export interface ReadAhead<Document, State> {
  /** As they stand when it is called: what was written since it was begun is read again. */
  subjects(): Promise<readonly Subject<Document, State>[]>;
}

/** A page of documents or states in the order asked for. */
export interface Page<Body> {
  readonly entries: readonly { readonly key: string; readonly body: Body }[];
  readonly nextCursor: string | null;
}

/** The log as a reactor sees it before it decides. */
export interface Recalled<Shared> {
  /** What `shared` includes, and documents and states at least. */
  readonly position: Position;
  readonly shared: Shared;
  /** The events of a stream, decoded; those that cannot be read are left out. */
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<DecodedEvent>;
}

/** What `work` may touch. Everything written carries the lease's fence. */
export interface ReactorTools<Document extends JsonObject, State extends ReactorState, Shared extends JsonObject> {
  /** ms since 1970 up to which everything received is folded: the clock when caught up, else the time of the last folded event. */
  readonly now: number;
  /** The log position that documents, states and `shared` include. */
  readonly position: Position;
  readonly shared: Shared;
  /** The switch that made this generation live; null when it was live from the first event of the log. */
  readonly switched: GenerationSwitch | null;
  load(keys: readonly string[]): Promise<ReadonlyMap<string, Subject<Document, State>>>;
  /** Begins to read a page of documents, of which only the last one begun is read ahead; fields left out are left out in every subject. */
  readAhead<Field extends keyof Document & string>(
    options: FindOptions & { readonly without: readonly Field[] },
  ): ReadAhead<Omit<Document, Field>, State>;
  findStates(options: FindOptions): Promise<Page<State>>;
  countDocuments(options: Pick<FindOptions, 'idPrefix' | 'filter'>): Promise<number>;
  /** `appendOnce` to any stream. */
  append(stream: string, after: bigint, events: readonly NewEvent[]): Promise<readonly StoredAt[]>;
  /** Compare-and-set on the states as loaded; a `conflict` is to be loaded and decided again. */
  save(
    changes: readonly { readonly subject: Subject<unknown, State>; readonly state: State }[],
  ): Promise<readonly WriteOutcome[]>;
  /** The events of a stream, decoded; those that cannot be read are left out. */
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<DecodedEvent>;
}
