import { BEFORE_FIRST, type Position, type RecordedEvent } from '../../contracts/events/event.js';
import { createApply, type Apply } from './apply.js';
import { createBlocks, type Blocks } from './blocks.js';
import { createCheckpoint, type Checkpoint } from './checkpoint.js';
import { createDocumentCache, type DocumentCache } from './document-cache.js';
import {
  processorName,
  sharedCollection,
  stateCollection,
  type ProcessorOptions,
  type ProcessorSurroundings,
} from './processor-options.js';
import { createReactions, type Reactions } from './reactions.js';
import { createReactorStates } from './reactor-states.js';
import { createSharedState, type SharedState } from './shared-state.js';
import { createWork, type Work } from './work.js';

/** What a processor is made of once its collections are there and its checkpoint is read. */
export interface ProcessorParts {
  readonly name: string;
  readonly from: Position;
  readonly documents: DocumentCache;
  readonly blocks: Blocks;
  readonly shared: SharedState;
  readonly checkpoint: Checkpoint;
  readonly apply: Apply;
  readonly work: Work | null;
  readonly reactions: Reactions | null;
  readonly accepts: (event: RecordedEvent) => boolean;
}

/** Makes the collections where absent, reads checkpoint, blocks and shared value, and puts the parts together. */
export async function openProcessorParts(options: ProcessorOptions, around: ProcessorSurroundings): Promise<ProcessorParts> {
  const { projection, live } = options;
  const { documentStore, eventStore, clock, fence, tuning } = around;
  const name = processorName(projection.name, options.generation);
  await documentStore.ensureCollection(name, projection.indexes);
  if (live !== undefined) await documentStore.ensureCollection(stateCollection(name), live.reactor.stateIndexes);
  if (options.shared !== undefined) await documentStore.ensureCollection(sharedCollection(name), []);

  const cacheOf = (collection: string, capacity: number): DocumentCache =>
    createDocumentCache({ documentStore, collection, capacity, fence });
  const documents = cacheOf(name, tuning.cachedDocuments);
  const states = createReactorStates(cacheOf(stateCollection(name), tuning.cachedDocuments));
  const shared = createSharedState(options.shared, cacheOf(sharedCollection(name), 1));
  const blocks = createBlocks({ documentStore, processor: name, clock, fence, policy: tuning.blockRetries });
  const [stored, headAtStart] = await Promise.all([
    documentStore.readCheckpoint(name),
    eventStore.head(),
    shared.load(),
    blocks.load(),
  ]);
  const from = stored ?? BEFORE_FIRST;

  const acting = { ...around, documents, states, blocks };
  const work = live === undefined ? null : createWork(live.reactor, { ...acting, ...live });
  const reactions =
    live === undefined
      ? null
      : createReactions({
          ...acting,
          ...live,
          headAtStart,
          liveAfter: live.switched?.position ?? BEFORE_FIRST,
          now: () => ({ position: options.progress.position(), shared: shared.current() }),
          onState: (state) => work?.noteState(state),
        });
  return {
    name,
    from,
    documents,
    blocks,
    shared,
    checkpoint: createCheckpoint({ documentStore, name, stored: from, clock, fence, skippedMs: around.tuning.skippedMs }),
    apply: createApply({ projection, documents, reactions, clock }),
    work,
    reactions,
    accepts: acceptorOf(options),
  };
}

/** Which events are worth decoding. */
function acceptorOf({ projection, shared, live }: ProcessorOptions): (event: RecordedEvent) => boolean {
  if (projection.handles === '*') return () => true;
  const types = new Set([...projection.handles, ...(shared?.handles ?? []), ...(live?.reactor.emits ?? [])]);
  return (event) => types.has(event.type);
}
