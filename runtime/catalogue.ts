import { plainBody } from '../contracts/events/engine-event.js';
import type { NewEvent, Position } from '../contracts/events/event.js';
import { streamName } from '../contracts/events/streams.js';
import type { DocumentStore, Fence } from '../stores/document-store/document-store.port.js';
import type { EventStore } from '../stores/event-store/event-store.port.js';
import { catalogueBody, catalogueId, CATALOGUE_COLLECTION, parseEntry, type CatalogueEntry } from './catalogue-entry.js';
import { isoInstant, type Clock } from './clock.js';

/** Which generation of each projection serves. Only the holder of the lease changes it. */
export interface Catalogue {
  /** The entry as stored, null before the first start. */
  read(name: string): Promise<CatalogueEntry | null>;
  /** The entry, made at the first start with what `making` answers; completes a switch that a crash interrupted. */
  open(name: string, making: () => Promise<Pick<CatalogueEntry, 'version' | 'basis'>>): Promise<CatalogueEntry>;
  save(entry: CatalogueEntry): Promise<void>;
  /** Makes the generation serve from behind `position` on, and records it in the log. */
  switchTo(
    entry: CatalogueEntry,
    to: Pick<CatalogueEntry, 'generation' | 'version' | 'basis'> & { readonly position: Position },
  ): Promise<CatalogueEntry>;
}

export interface CatalogueOptions {
  readonly eventStore: EventStore;
  readonly documentStore: DocumentStore;
  readonly clock: Clock;
  /** The deterministic id of what the engine makes, from its cause. */
  readonly engineId: (...cause: readonly string[]) => string;
  readonly fence: () => Fence;
}

/** The catalogue in its own collection, with each switch as an event on `projection-cebe.<name>`. */
export function createCatalogue(options: CatalogueOptions): Catalogue {
  const { eventStore, documentStore, clock, engineId } = options;

  async function read(name: string): Promise<CatalogueEntry | null> {
    const stored = await documentStore.get(CATALOGUE_COLLECTION, catalogueId(name));
    return stored?.body === null || stored === null ? null : parseEntry(stored.body);
  }

  async function save(entry: CatalogueEntry): Promise<void> {
    const id = catalogueId(entry.name);
    const stored = await documentStore.get(CATALOGUE_COLLECTION, id);
    const expected = stored?.position ?? 'none';
    // It includes no log position; it only has to change with each write.
    const position = expected === 'none' ? 0n : expected + 1n;
    await documentStore.put(CATALOGUE_COLLECTION, [{ id, expected, position, body: catalogueBody(entry) }], options.fence());
  }

  async function lastGenerationInLog(name: string): Promise<number> {
    for await (const event of eventStore.readStream(streamOf(name), { direction: 'backwards', limit: 1 })) {
      return Number(event.data.plain['generation'] ?? 0);
    }
    return 0;
  }

  async function recordSwitch(entry: CatalogueEntry): Promise<void> {
    const { name, version, generation, switchId } = entry;
    const at = isoInstant(clock());
    const event: NewEvent = {
      id: switchId,
      type: 'projection.switched',
      data: plainBody('projection.switched', { name, version, generation, switch_id: switchId }),
      metadata: {
        workspace_id: 'cebe',
        message_id: switchId,
        source: 'cebe',
        schema_version: 1,
        occurred_at: at,
        received_at: at,
        correlation_id: switchId,
        causation_id: switchId,
        actor: 'cebe',
      },
    };
    options.fence();
    await eventStore.appendOnce(streamOf(name), -1n, [event]);
  }

  async function create(name: string, made: Pick<CatalogueEntry, 'version' | 'basis'>): Promise<CatalogueEntry> {
    // More than 0 when the documents were lost: switches have ids of their own in every generation.
    const generation = (await lastGenerationInLog(name)) + 1;
    const entry = {
      name,
      ...made,
      generation,
      lastGeneration: generation,
      liveAfter: await eventStore.head(),
      switchId: engineId('projection.switched', name, String(generation)),
      switchedAt: isoInstant(clock()),
    };
    await save(entry);
    return entry;
  }

  return {
    read,
    save,
    async open(name, making) {
      const entry = (await read(name)) ?? (await create(name, await making()));
      if ((await lastGenerationInLog(name)) !== entry.generation) await recordSwitch(entry);
      return entry;
    },
    async switchTo(entry, { generation, version, basis, position }) {
      const { building: _built, ...rest } = entry;
      const next: CatalogueEntry = {
        ...rest,
        generation,
        version,
        basis,
        liveAfter: position,
        switchId: engineId('projection.switched', entry.name, String(generation)),
        switchedAt: isoInstant(clock()),
      };
      await save(next);
      await recordSwitch(next);
      return next;
    },
  };
}

function streamOf(name: string): string {
  return streamName('projection', 'cebe', name);
}
