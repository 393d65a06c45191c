import type { EventStore } from '../../stores/event-store/event-store.port.js';

/** What the events of one type take in one category of streams. */
export interface EventSizes {
  readonly category: string;
  readonly type: string;
  events: number;
  data: number;
  metadata: number;
  /** Of the whole records in the chunks. */
  records: number;
}

export interface LogSizes {
  readonly types: readonly EventSizes[];
  readonly streams: ReadonlyMap<string, number>;
}

/**
 * Of a record without names, data and metadata: both lengths around it 8, kind 2, position 8, flags 2, transaction 12, expected version 8,
 * two ids 32, time 8, lengths of data and metadata 8, of the two names 2 (`PrepareLogRecord` of the server's sources).
 */
const FRAME_BYTES = 90;

/** Reads a whole log and adds up what its records take on EventStoreDB. */
export async function sizesOfLog(store: EventStore): Promise<LogSizes> {
  const types = new Map<string, EventSizes>();
  const streams = new Map<string, Set<string>>();
  for await (const event of store.readAll({ after: -1n })) {
    const category = event.stream.slice(0, event.stream.indexOf('-'));
    const key = `${category} ${event.type}`;
    const sizes = types.get(key) ?? { category, type: event.type, events: 0, data: 0, metadata: 0, records: 0 };
    const [data, metadata] = [bytes(JSON.stringify(event.data)), bytes(JSON.stringify(event.metadata))];
    sizes.events += 1;
    sizes.data += data;
    sizes.metadata += metadata;
    sizes.records += FRAME_BYTES + bytes(event.stream) + bytes(event.type) + data + metadata;
    types.set(key, sizes);
    streams.set(category, (streams.get(category) ?? new Set()).add(event.stream));
  }
  return { types: [...types.values()], streams: new Map([...streams].map(([category, names]) => [category, names.size])) };
}

const bytes = (text: string): number => Buffer.byteLength(text);
