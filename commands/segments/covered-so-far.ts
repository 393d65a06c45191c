import { isEngineEvent } from '../../contracts/events/engine-event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { MembershipTools } from './due-work.js';
import type { SharedSegment } from './shared-segments.js';

/** How far an evaluation has come. */
export interface Covered {
  /** The last chunk, 0 before the first, and the last customer that it covers. */
  readonly chunk: number;
  readonly through: string | undefined;
  /** The last revision of the segment's stream. */
  readonly revision: bigint;
}

/** Asks the log how far an evaluation has come, from its end backwards. */
export async function coveredSoFar(tools: MembershipTools, segment: SharedSegment, evaluationId: string): Promise<Covered> {
  const { workspace, id } = segment;
  let revision: bigint | undefined;
  for await (const event of tools.readStream(streamName('segment', workspace, id), { direction: 'backwards' })) {
    revision ??= event.revision;
    if (isEngineEvent(event, 'segment.evaluated') && event.data.evaluation_id === evaluationId) {
      return { chunk: event.data.chunk, through: event.data.through, revision };
    }
    if (isEngineEvent(event, 'segment.evaluation_started') && event.data.evaluation_id === evaluationId) break;
  }
  return { chunk: 0, through: undefined, revision: revision ?? BigInt(segment.stream_revision) };
}
