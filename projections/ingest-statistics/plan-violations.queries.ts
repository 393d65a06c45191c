import { streamName, type StreamRef } from '../../contracts/events/streams.js';
import type { PlanViolationCount, PlanViolations, ViolationSample } from '../../contracts/read-models/plan-violations.port.js';
import { maskValue } from '../../domain/identity/masking.js';
import { ownValue } from '../../domain/own-value.js';
import type { Decoder } from '../../runtime/decode.js';
import type { DirectValues } from '../../runtime/direct-values.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { subjectOfStream } from '../../stores/vault/subjects.js';
import type { ReadSource } from '../read-source.js';
import type { SamplePlace, ViolationCounter } from './fold-violations.js';
import type { IngestStatisticsDocument } from './ingest-statistics.projection.js';

export interface PlanViolationsDeps {
  readonly statistics: ReadSource;
  readonly eventStore: Pick<EventStore, 'readStream'>;
  readonly decoder: Decoder;
  readonly direct: DirectValues;
}

/** Types of one source; there are at most so many as a workspace has contracts and names of its own. */
const MOST = 10_000;

/** Reads what sources send against their plans; samples are opened here and masked for everyone. */
export function createPlanViolations(deps: PlanViolationsDeps): PlanViolations {
  return {
    async list(workspace, source) {
      const { documents } = await deps.statistics.documents.find(deps.statistics.collection(), {
        idPrefix: `${workspace}/${source}/`,
        limit: MOST,
      });
      const counts = documents.flatMap(({ body }) => {
        // Only the projection writes this collection.
        const { type, violations = {} } = body as unknown as IngestStatisticsDocument;
        return Object.values(violations).map((counter) => countOf(deps, counter, { workspace, source, type }));
      });
      return Promise.all(counts);
    },
  };
}

interface Place {
  readonly workspace: string;
  readonly source: string;
  readonly type: string;
}

async function countOf(deps: PlanViolationsDeps, counter: ViolationCounter, place: Place): Promise<PlanViolationCount> {
  const { kind, field, warned, refused, first_at, last_at } = counter;
  const samples = await Promise.all(
    counter.samples.map((sample) => sampleOf(deps, { ...sample, workspace: place.workspace }, field)),
  );
  const { source, type } = place;
  return { source, type, kind, ...(field === undefined ? {} : { field }), warned, refused, first_at, last_at, samples };
}

async function sampleOf(
  deps: PlanViolationsDeps,
  { workspace, category, id, event_id, revision, at, found }: SamplePlace & { readonly workspace: string },
  field: string | undefined,
): Promise<ViolationSample> {
  const said = { at, ...(found === undefined ? {} : { found }) };
  if (category === 'quarantine') return { ...said, dead_letter: `ingest:${id}` };
  const value =
    field === undefined ? undefined : await maskedValue(deps, { category, workspace, id }, { field, revision: BigInt(revision) });
  return {
    ...said,
    event_id,
    ...(category === 'customer' ? { qontak_customer_id: id } : {}),
    ...(value === undefined ? {} : { value }),
  };
}

/** Undefined where the field is missing, which may be what is wrong, or its key is destroyed. */
async function maskedValue(
  { eventStore, decoder, direct }: PlanViolationsDeps,
  stream: StreamRef,
  { field, revision }: { readonly field: string; readonly revision: bigint },
): Promise<string | undefined> {
  const name = streamName(stream.category, stream.workspace, stream.id);
  for await (const recorded of eventStore.readStream(name, { from: revision, limit: 1 })) {
    const [result] = await decoder.decode([recorded], { opensQuasi: true });
    if (result?.ok !== true) return undefined;
    const reference = ownValue(result.event.direct, field);
    const [opened] =
      reference === undefined
        ? []
        : await direct.openDirect([reference], { workspace: stream.workspace, subject: subjectOfStream(stream) });
    const value = opened ?? ownValue(result.event.data, field);
    return value === undefined ? undefined : maskValue(value);
  }
  return undefined;
}
