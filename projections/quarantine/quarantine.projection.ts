import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { QuarantineEntry } from '../../contracts/read-models/quarantine.port.js';
import type { Projection } from '../../runtime/projection.js';

/** A refused entry. Document id: `<workspace>/<quarantine id>`; its body stays sealed in the log. */
export type QuarantineDocument = JsonObject & QuarantineEntry & { readonly state: 'waiting' | 'retried' | 'dropped' | 'expired' };

/** What waits in quarantine, and what became of it. */
export const quarantineProjection: Projection<QuarantineDocument> = {
  name: 'quarantine',
  version: 2,
  categories: ['quarantine'],
  handles: '*',
  opensQuasi: false,
  indexes: [
    { name: 'state', paths: [['state']] },
    { name: 'group', paths: [['group']] },
  ],
  keys: ({ stream }) => [`${stream.workspace}/${stream.id}`],
  evolve(document, event) {
    if (isEngineEvent(event, 'quarantine.received')) {
      const { kind, source, code, detail, pointer, line, event_type: type, bytes } = event.data;
      const group = [kind, code, source, type, pointer].filter((part) => part !== undefined && part !== '').join(' ');
      const optional = {
        ...(pointer === undefined ? {} : { pointer }),
        ...(line === undefined ? {} : { line }),
        ...(type === undefined ? {} : { event_type: type }),
      };
      const since = event.metadata.occurred_at;
      return { quarantine_id: event.stream.id, state: 'waiting', kind, source, code, detail, bytes, group, since, ...optional };
    }
    if (document === null) return null;
    if (isEngineEvent(event, 'quarantine.retried')) {
      return event.data.status === 'quarantined' ? document : { ...document, state: 'retried' };
    }
    if (isEngineEvent(event, 'quarantine.dropped')) return { ...document, state: 'dropped' };
    if (isEngineEvent(event, 'quarantine.expired')) return { ...document, state: 'expired' };
    return document;
  },
};
