import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { JsonObject } from '../../contracts/json.js';
import type { HeldEvent, PersonalData } from '../../contracts/read-models/personal-data.port.js';
import type { Decoder } from '../../runtime/decode.js';
import type { DirectValues } from '../../runtime/direct-values.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { customerSubject } from '../../stores/vault/subjects.js';
import { wireProperties } from './wire-money.js';

export interface PersonalDataDeps {
  readonly eventStore: Pick<EventStore, 'readStream'>;
  readonly decoder: Decoder;
  readonly direct: DirectValues;
}

const AT_ONCE = 200;

/** Reads the streams of customers, opened, a few hundred events at a time. */
export function createPersonalData(deps: PersonalDataDeps): PersonalData {
  async function opened(workspace: string, customerId: string, batch: readonly RecordedEvent[]): Promise<readonly HeldEvent[]> {
    const decoded = await deps.decoder.decode(batch, { opensQuasi: true });
    return Promise.all(
      decoded.map(async (result) => {
        const event = result.ok ? result.event : result.recorded;
        const properties = result.ok ? await propertiesOf(deps, result.event) : {};
        const { occurred_at, received_at, source, message_id } = event.metadata;
        const { id: event_id, type, revision } = event;
        const place = { event_id, type, qontak_customer_id: customerId, revision: String(revision) };
        return { ...place, occurred_at, received_at, source, message_id, properties };
      }),
    );
  }

  return {
    async *events(workspace, customerId, part) {
      let batch: RecordedEvent[] = [];
      for await (const event of deps.eventStore.readStream(streamName('customer', workspace, customerId))) {
        if (part === 'consent' && !event.type.startsWith('consent.')) continue;
        batch.push(event);
        if (batch.length < AT_ONCE) continue;
        yield* await opened(workspace, customerId, batch);
        batch = [];
      }
      yield* await opened(workspace, customerId, batch);
    },
  };
}

async function propertiesOf({ direct }: PersonalDataDeps, event: DecodedEvent): Promise<JsonObject> {
  const fields = Object.entries(event.direct);
  const owner = { workspace: event.stream.workspace, subject: customerSubject(event.stream.id) };
  const values = await direct.openDirect(
    fields.map(([, reference]) => reference),
    owner,
  );
  const shown = fields.flatMap(([field], index) => {
    const value = values[index];
    return value === undefined ? [] : [[field, value] as const];
  });
  return wireProperties({ ...event.data, ...Object.fromEntries(shown) });
}
