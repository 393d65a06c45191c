import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { Json } from '../../contracts/json.js';
import type { Disclosure, TimelineEntry } from '../../contracts/read-models/customers.port.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { maskValue } from '../../domain/identity/masking.js';
import type { Decoder } from '../../runtime/decode.js';
import type { DirectValues } from '../../runtime/direct-values.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { customerSubject } from '../../stores/vault/subjects.js';
import { wireProperties } from './wire-money.js';

export interface TimelineDeps {
  readonly eventStore: EventStore;
  readonly decoder: Decoder;
  readonly direct: DirectValues;
}

export interface TimelineQuestion {
  readonly workspace: string;
  readonly customerId: string;
  readonly before?: bigint;
  readonly limit: number;
  readonly disclosure: Disclosure;
}

/** A backward read of the customer's stream: upcast, opened, and masked unless personal values may be revealed. */
export async function readTimeline(deps: TimelineDeps, question: TimelineQuestion): Promise<readonly TimelineEntry[]> {
  const { workspace, customerId, before, limit } = question;
  if (before !== undefined && before <= 0n) return [];
  const from = before === undefined ? {} : { from: before - 1n };
  const recorded: RecordedEvent[] = [];
  const stream = streamName('customer', workspace, customerId);
  for await (const event of deps.eventStore.readStream(stream, { direction: 'backwards', limit, ...from })) recorded.push(event);
  const decoded = await deps.decoder.decode(recorded, { opensQuasi: true });
  const entries = decoded.map(async (result): Promise<TimelineEntry> => {
    if (result.ok) return entryOf(result.event, await openedDirect(deps, result.event, question));
    return { ...headOf(result.recorded), properties: {} };
  });
  return Promise.all(entries);
}

async function openedDirect(
  deps: TimelineDeps,
  event: DecodedEvent,
  question: TimelineQuestion,
): Promise<Readonly<Record<string, Json>>> {
  const fields = Object.entries(event.direct);
  if (fields.length === 0) return {};
  const owner = { workspace: question.workspace, subject: customerSubject(question.customerId) };
  const values = await deps.direct.openDirect(
    fields.map(([, reference]) => reference),
    owner,
  );
  return Object.fromEntries(
    fields.flatMap(([field], index) => {
      const value = values[index];
      return value === undefined ? [] : [[field, question.disclosure === 'revealed' ? value : maskValue(value)] as const];
    }),
  );
}

function entryOf(event: DecodedEvent, direct: Readonly<Record<string, Json>>): TimelineEntry {
  return {
    ...headOf(event),
    properties: wireProperties({ ...event.data, ...direct }),
    ...(event.erased ? { erased: true } : {}),
  };
}

function headOf(event: Pick<DecodedEvent, 'id' | 'type' | 'revision' | 'metadata'>): Omit<TimelineEntry, 'properties'> {
  const { occurred_at, received_at, source, message_id } = event.metadata;
  return { event_id: event.id, type: event.type, revision: String(event.revision), occurred_at, received_at, source, message_id };
}
