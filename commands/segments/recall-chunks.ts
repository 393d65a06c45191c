import { isEngineEvent } from '../../contracts/events/engine-event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { Recalled } from '../../runtime/reactor.js';
import type { Chunk, ChunksInFlight } from './chunks-in-flight.js';
import type { SharedSegment, SharedSegments } from './shared-segments.js';

/** Finds the chunks that stand in the log behind what is folded: those of evaluations that are on their way. */
export async function recallChunks(log: Recalled<SharedSegments>, flight: ChunksInFlight): Promise<void> {
  for (const segment of Object.values(log.shared.segments)) {
    if (segment.running.length > 0) for (const chunk of await chunksBehind(log, segment)) flight.add(chunk);
  }
}

async function chunksBehind(log: Recalled<SharedSegments>, { workspace, id }: SharedSegment): Promise<readonly Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const event of log.readStream(streamName('segment', workspace, id), { direction: 'backwards' })) {
    if (event.position <= log.position) break;
    if (!isEngineEvent(event, 'segment.evaluated')) continue;
    const { evaluation_id: evaluationId, entered, exited, position } = event.data;
    const place = { position: event.position, decided: BigInt(position ?? event.position) };
    chunks.unshift({ workspace, segmentId: id, evaluationId, ...place, entered: new Set(entered), exited: new Set(exited) });
  }
  return chunks;
}
