import type { DocumentStore, Fence } from '../../stores/document-store/document-store.port.js';
import { workspaceOf } from './block.js';
import type { FailedEvent } from './failure.js';
import { walk } from './walk.js';

/** The events that a person decided to leave out of a projection; they stay left out in later generations. */
export interface Drops {
  load(): Promise<void>;
  size(): number;
  has(key: string, eventId: string): boolean;
  /** Durable when it resolves. */
  add(key: string, event: FailedEvent, by: { readonly at: string; readonly actor: string }): Promise<void>;
}

/** Where dropped events are remembered; ids are `<workspace>/<projection>/<key>/<event id>`. */
export const DROPS_COLLECTION = 'projection_drops';

/** The dropped events of one projection, whatever the generation; call `load` first. */
export function createDrops(documentStore: DocumentStore, projection: string, fence: () => Fence): Drops {
  const dropped = new Set<string>();
  const idOf = (key: string, eventId: string): string => `${workspaceOf(key)}/${projection}/${key}/${eventId}`;

  return {
    async load() {
      const filter = { kind: 'eq', path: ['projection'], value: projection } as const;
      for await (const document of walk(documentStore, DROPS_COLLECTION, { filter })) dropped.add(document.id);
    },
    size: () => dropped.size,
    has: (key, eventId) => dropped.has(idOf(key, eventId)),
    async add(key, event, by) {
      const id = idOf(key, event.id);
      const body = { projection, key, event_id: event.id, event_type: event.type, stream: event.stream, ...by };
      // A conflict means that it is there already.
      await documentStore.put(DROPS_COLLECTION, [{ id, expected: 'none', position: event.position, body }], fence());
      dropped.add(id);
    },
  };
}
