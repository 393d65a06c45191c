import type { Position } from '../contracts/events/event.js';
import type { JsonObject } from '../contracts/json.js';

/** A generation on its way: `auto` takes over when it is there, `manual` waits to be told. */
export interface Building {
  readonly generation: number;
  readonly version: number;
  readonly mode: 'auto' | 'manual';
  readonly basis: JsonObject;
}

/** What is known of one projection's generations. */
export interface CatalogueEntry {
  readonly name: string;
  /** The version of the code that made what serves. */
  readonly version: number;
  readonly generation: number;
  /** Numbers are never used twice. */
  readonly lastGeneration: number;
  /** Events up to here were replayed into the serving generation, never reacted to. */
  readonly liveAfter: Position;
  readonly switchId: string;
  readonly switchedAt: string;
  /** What the serving documents depend on beside the log (`ProjectionEntry.basis`), as it was when they were begun. */
  readonly basis: JsonObject;
  readonly building?: Building;
}

/** Where the entries are kept. */
export const CATALOGUE_COLLECTION = 'projection_catalogue';

/** The document id of a projection's entry. */
export function catalogueId(name: string): string {
  return `cebe/${name}`;
}

/** The entry as a document. */
export function catalogueBody(entry: CatalogueEntry): JsonObject {
  const { building } = entry;
  return {
    name: entry.name,
    version: entry.version,
    generation: entry.generation,
    last_generation: entry.lastGeneration,
    live_after: entry.liveAfter.toString(),
    switch_id: entry.switchId,
    switched_at: entry.switchedAt,
    basis: entry.basis,
    ...(building === undefined ? {} : { building: { ...building } }),
  };
}

/** The entry in a document that `catalogueBody` made. */
export function parseEntry(body: JsonObject): CatalogueEntry {
  // Only catalogueBody writes this collection, so the shape is known.
  const stored = body as unknown as {
    readonly name: string;
    readonly version: number;
    readonly generation: number;
    readonly last_generation: number;
    readonly live_after: string;
    readonly switch_id: string;
    readonly switched_at: string;
    readonly basis?: JsonObject;
    readonly building?: Building;
  };
  return {
    name: stored.name,
    version: stored.version,
    generation: stored.generation,
    lastGeneration: stored.last_generation,
    liveAfter: BigInt(stored.live_after),
    switchId: stored.switch_id,
    switchedAt: stored.switched_at,
    basis: stored.basis ?? {},
    ...(stored.building === undefined ? {} : { building: stored.building }),
  };
}
