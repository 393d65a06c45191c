import type { Filter } from '../../contracts/filter.js';
import type { Quarantine, QuarantineEntry } from '../../contracts/read-models/quarantine.port.js';
import type { JsonObject } from '../../contracts/json.js';
import type { ReadSource } from '../read-source.js';

/** Reads what waits in quarantine. */
export function createQuarantine(source: ReadSource): Quarantine {
  return {
    async get(workspace, id) {
      const stored = await source.documents.get(source.collection(), `${workspace}/${id}`);
      if (stored === null || stored.body === null || stored.body['state'] !== 'waiting') return null;
      return entryOf(stored.body);
    },
    async list(workspace, { kind, after, limit, group }) {
      const behind = after === undefined ? {} : { afterId: `${workspace}/${after}` };
      const filter = waiting(kind, group);
      const page = await source.documents.find(source.collection(), { idPrefix: `${workspace}/`, filter, limit, ...behind });
      const entries = page.documents.map(({ body }) => entryOf(body));
      return { entries, next: page.nextCursor === null ? null : (entries.at(-1)?.quarantine_id ?? null) };
    },
    countByGroup: (workspace, kind) =>
      source.documents.countBy(source.collection(), ['group'], { idPrefix: `${workspace}/`, filter: waiting(kind) }),
  };
}

function waiting(kind: 'ingest' | 'webhook', group?: string): Filter {
  const tests: Filter[] = [
    { kind: 'eq', path: ['state'], value: 'waiting' },
    { kind: 'eq', path: ['kind'], value: kind },
  ];
  if (group !== undefined) tests.push({ kind: 'eq', path: ['group'], value: group });
  return { kind: 'and', filters: tests };
}

function entryOf(body: JsonObject): QuarantineEntry {
  const { state: _state, ...entry } = body;
  // Only the quarantine projection writes this collection.
  return entry as unknown as QuarantineEntry;
}
