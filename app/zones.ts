import { parseStreamName } from '../contracts/events/streams.js';
import type { EventStore } from '../stores/event-store/event-store.port.js';

/** The time zone of each workspace, as the log had it when this was read. */
export type Zones = (workspace: string) => string;

/** Reads the zones from the access streams; a workspace that is not there yet has `fallback`. */
export async function readZones(eventStore: EventStore, fallback: string): Promise<Zones> {
  const zones = new Map<string, string>();
  for await (const event of eventStore.readAll({ after: -1n, categories: ['access'] })) {
    const workspace = parseStreamName(event.stream)?.workspace;
    const zone = event.data.plain['time_zone'];
    if (workspace !== undefined && typeof zone === 'string') zones.set(workspace, zone);
  }
  return (workspace) => zones.get(workspace) ?? fallback;
}
