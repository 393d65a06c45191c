import { expect } from '@jest/globals';
import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { Projection } from '../../runtime/projection.js';
import { groupByKey } from '../../runtime/processor/groups.js';
import { foldKey } from '../../runtime/processor/fold.js';
import type { Loaded } from '../../runtime/processor/document-cache.js';

/** `given(events).then({key: document})` for one projection; each case runs once, with every event delivered twice, and split at random. */
export function specifyProjection<Document extends JsonObject>(projection: Projection<Document>) {
  return {
    given: (...events: readonly DecodedEvent[]) => ({
      /** Exactly these documents; null for one that was deleted. Keys that are not named hold none. */
      then(documents: Readonly<Record<string, Document | null>>) {
        const once = project(projection, [ordered(events)]);
        expect(once).toEqual(documents);
        expect(project(projection, [ordered(events), ordered(events)])).toEqual(documents);
        for (let seed = 1; seed <= 5; seed += 1)
          expect(project(projection, splitAtRandom(ordered(events), seed))).toEqual(documents);
      },
      /** What a case asserts about one document, in each way of delivery. */
      thenDocument(key: string, check: (document: Document | null) => void) {
        const deliveries = [[ordered(events)], [ordered(events), ordered(events)], splitAtRandom(ordered(events), 7)];
        for (const batches of deliveries) check(project(projection, batches)[key] ?? null);
      },
    }),
  };
}

/** Events at positions of their own, in the given order, as the log would have them. */
function ordered(events: readonly DecodedEvent[]): readonly DecodedEvent[] {
  return events.map((event, index) => ({ ...event, position: BigInt(index) }));
}

/** Delivers the batches as the processor does: filtered, grouped, each key behind its document's position. */
function project<Document extends JsonObject>(
  projection: Projection<Document>,
  batches: readonly (readonly DecodedEvent[])[],
): Record<string, Document | null> {
  const documents = new Map<string, Loaded>();
  const wanted = (event: DecodedEvent): boolean => projection.handles === '*' || projection.handles.includes(event.type);
  for (const batch of batches) {
    const results = batch.filter(wanted).map((event) => ({ ok: true, event }) as const);
    const careful: Projection<Document> = {
      ...projection,
      evolve: (document, event, key) => projection.evolve(deepFreeze(document), event, key),
    };
    const { groups, failures } = groupByKey(results, {
      projection,
      blocks: { get: () => undefined, skip: () => undefined, size: () => 0 },
      drops: { has: () => false, size: () => 0 },
      shared: { fold: () => ({}) },
    });
    for (const { error } of failures) throw error;
    for (const group of groups) {
      const loaded = documents.get(group.key) ?? { position: 'none', body: null };
      const { write, failure } = foldKey(careful, group, { loaded, clock: () => 0 });
      if (failure !== undefined) throw failure.error;
      if (write !== undefined) documents.set(group.key, { position: write.position, body: frozen(write.body) });
    }
  }
  // Only this projection's folds are in the map.
  return Object.fromEntries([...documents].map(([key, { body }]) => [key, body as Document | null]));
}

/** As stored and read again, and safe from a fold that changes what it was given. */
function frozen(body: JsonObject | null): JsonObject | null {
  return body === null ? null : deepFreeze(JSON.parse(JSON.stringify(body)) as JsonObject);
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}

/** Batches of one to three events; the same for the same seed. */
function splitAtRandom(events: readonly DecodedEvent[], seed: number): readonly (readonly DecodedEvent[])[] {
  const batches: DecodedEvent[][] = [];
  let state = seed;
  for (let start = 0; start < events.length;) {
    state = (state * 48_271) % 2_147_483_647;
    const size = 1 + (state % 3);
    batches.push(events.slice(start, start + size));
    start += size;
  }
  return batches;
}
