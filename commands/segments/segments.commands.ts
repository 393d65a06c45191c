import type { Position } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { JsonObject } from '../../contracts/json.js';
import { segmentDecider, type SegmentCommand } from '../../domain/segment/segment.decider.js';
import { parseRule } from '../../domain/segment/parse-rule.js';
import { storedRule } from '../../domain/segment/stored-rule.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { handleCommand, type CommandContext } from '../command-handler.js';
import { evaluationDecider } from './evaluation.decider.js';
import type { RuleHashes } from './rule-hashes.js';

/** A name for people, and a rule as it was sent. */
export interface SegmentInput {
  readonly name: string;
  readonly rule: unknown;
}

/** What a command led to; `revision` counts definitions and is what If-Match names next. */
export interface SegmentResult {
  readonly segment_id: string;
  readonly revision: number;
  readonly position: Position;
}

/**
 * What people do with segments. `ifRevision` of the context is the definition that the caller saw. Errors: `invalid_input` and
 * `field_not_segmentable` with pointers into the rule, `not_found`, `segment_archived`, `revision_stale`.
 */
export interface SegmentCommands {
  define(input: SegmentInput, context: CommandContext): Promise<SegmentResult>;
  revise(segmentId: string, input: SegmentInput, context: CommandContext): Promise<SegmentResult>;
  archive(segmentId: string, context: CommandContext): Promise<SegmentResult>;
  /** Has everyone evaluated anew; joins an evaluation that is on its way. */
  recompute(segmentId: string, context: CommandContext): Promise<{ readonly evaluation_id: string; readonly position: Position }>;
}

export interface SegmentCommandsDeps {
  readonly eventStore: EventStore;
  readonly hashes: RuleHashes;
  readonly newId: () => string;
}

/** Segments as streams `segment-<workspace>.<id>`; evaluating is the reactor's part. */
export function createSegmentCommands(deps: SegmentCommandsDeps): SegmentCommands {
  async function handle(segmentId: string, command: SegmentCommand, context: CommandContext): Promise<SegmentResult> {
    const { ifRevision: _ofDefinition, ...rest } = context;
    const stream = streamName('segment', context.workspace, segmentId);
    const { state, position } = await handleCommand(deps, { stream, decider: segmentDecider, command }, rest);
    return { segment_id: segmentId, revision: state.status === 'undefined' ? 0 : state.revision, position };
  }

  async function definitionOf({ name, rule }: SegmentInput, workspace: string): Promise<{ name: string; rule: JsonObject }> {
    const hashOf = await deps.hashes(workspace);
    return { name, rule: storedRule(parseRule(rule, { hashOf, pointer: '/rule' })) };
  }

  return {
    async define(input, context) {
      return handle(deps.newId(), { type: 'define', ...(await definitionOf(input, context.workspace)) }, context);
    },
    async revise(segmentId, input, context) {
      const definition = await definitionOf(input, context.workspace);
      return handle(segmentId, { type: 'revise', ...definition, ...seen(context) }, context);
    },
    archive: (segmentId, context) => handle(segmentId, { type: 'archive', ...seen(context) }, context),
    async recompute(segmentId, context) {
      const { ifRevision: _ofDefinition, ...rest } = context;
      const command = { evaluation_id: deps.newId(), at: context.at };
      const stream = streamName('segment', context.workspace, segmentId);
      const { state, position } = await handleCommand(deps, { stream, decider: evaluationDecider, command }, rest);
      return { evaluation_id: state.running.at(-1) ?? command.evaluation_id, position };
    },
  };
}

function seen({ ifRevision }: CommandContext): { readonly ifRevision?: number } {
  return ifRevision === undefined ? {} : { ifRevision: Number(ifRevision) };
}
