import type { ZonesBasis } from '../commands/segments/shared-segments.js';
import { BEFORE_FIRST } from '../contracts/events/event.js';
import { parseStreamName } from '../contracts/events/streams.js';
import { pause } from '../runtime/retry.js';
import type { EventStore } from '../stores/event-store/event-store.port.js';

const AGAIN_MS = 1_000;

/** What profiles depend on beside the log: the zones of workspaces that are in another one than they were made with. */
export async function changedZones(eventStore: EventStore): Promise<ZonesBasis> {
  const first = new Map<string, string>();
  const last = new Map<string, string>();
  for await (const event of eventStore.readAll({ after: BEFORE_FIRST, categories: ['access'] })) {
    const workspace = parseStreamName(event.stream)?.workspace;
    const zone = event.data.plain['time_zone'];
    if (workspace === undefined || typeof zone !== 'string') continue;
    if (!first.has(workspace)) first.set(workspace, zone);
    last.set(workspace, zone);
  }
  return { zones: Object.fromEntries([...last].filter(([workspace, zone]) => first.get(workspace) !== zone)) };
}

/** Tells of each change of a workspace's settings in the log, from now on; `changed` is called once at the start, for what came before. */
export function watchSettings(eventStore: EventStore, changed: () => void): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const watching = watch(eventStore, changed, stopping.signal);
  return {
    stop() {
      stopping.abort();
      return watching;
    },
  };
}

/** Begins again, with a call, when the log could not be followed for a while. */
async function watch(eventStore: EventStore, changed: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const after = await eventStore.head();
      changed();
      for await (const message of eventStore.subscribe({ after, categories: ['access'], signal })) {
        if (message.kind === 'event' && message.event.type === 'access.settings_changed') changed();
      }
      return;
    } catch {
      await pause(AGAIN_MS, signal);
    }
  }
}
