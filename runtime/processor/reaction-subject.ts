import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { NewEvent, Position } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { JsonObject } from '../../contracts/json.js';
import type { ReactorState } from '../reactor.js';
import type { AnyReactor } from './any-reactor.js';
import type { OnFolded } from './fold.js';
import type { ForgottenDecisions } from './own-events.js';
import type { StateChange, StoredState } from './reactor-states.js';

/** One key during the decisions of one batch. */
export interface ReactionSubject {
  readonly key: string;
  readonly stored: StoredState;
  /** Takes in what an earlier process decided. */
  recall(forgotten: ForgottenDecisions): void;
  readonly react: OnFolded;
  /** What is to be appended to the key's stream, behind which revision. */
  emissions(): { readonly after: bigint; readonly events: readonly NewEvent[] } | null;
  /** The last emission stands at this revision. */
  noteEmitted(revision: bigint): void;
  /** What is to be stored; null when nothing changed. */
  change(): StateChange | null;
}

export interface ReactionSubjectOptions {
  readonly reactor: AnyReactor;
  readonly stored: StoredState;
  readonly document: JsonObject | null;
  /** Events up to here are folded without a decision. */
  readonly liveAfter: Position;
}

/** The subject of a key's decisions, as it stands before the batch. */
export function createReactionSubject(key: string, options: ReactionSubjectOptions): ReactionSubject {
  const { reactor, stored } = options;
  const initial: ReactorState = stored.state ?? reactor.initialState(options.document, key);
  const decidedThrough = stored.position === 'none' ? -1n : stored.position;
  const emitted: NewEvent[] = [];
  let state = initial;
  let position = decidedThrough;
  let own = stored.own;
  let after: bigint | null = null;
  let byCause: ForgottenDecisions['byCause'] = new Map();

  function foldOwn(events: readonly DecodedEvent[] = []): void {
    for (const event of events) {
      state = reactor.foldOwn(state, event);
      if (event.revision > own) own = event.revision;
    }
  }

  function emitBehind(before: JsonObject | null, event: DecodedEvent, emissions: readonly NewEvent[]): void {
    emitted.push(...emissions);
    const { category, workspace, id } = event.stream;
    const isSameStream = streamName(category, workspace, id) === reactor.stream(key);
    const cause = isSameStream ? event.revision : reactor.revision(before);
    if (after === null || cause < after) after = cause;
  }

  return {
    key,
    stored,
    recall(forgotten) {
      foldOwn(forgotten.settled);
      byCause = forgotten.byCause;
    },
    react(before, changed, { event, shared }) {
      if (event.position <= options.liveAfter || event.position <= decidedThrough) return;
      if (event.metadata.backfill !== undefined) return;
      if (reactor.emits.includes(event.type) && reactor.isOwn(event)) return;
      const at = event.metadata.received_at > state.at ? event.metadata.received_at : state.at;
      const reaction = reactor.react({ key, before, after: changed, state, shared, event, at });
      state = reaction.state;
      position = event.position;
      if (reaction.emissions.length > 0) emitBehind(before, event, reaction.emissions);
      // The log has the last word, should the code have changed since.
      foldOwn(byCause.get(event.id));
    },
    emissions: () => (after === null ? null : { after, events: emitted }),
    noteEmitted(revision) {
      if (revision > own) own = revision;
    },
    change: () => (state === initial && own === stored.own ? null : { key, stored, state, position, own }),
  };
}
