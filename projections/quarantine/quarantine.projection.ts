import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { Projection } from '../../runtime/projection.js';

/** A refused entry. Document id: `<workspace>/<quarantine id>`; its body stays sealed in the log. */
export type QuarantineDocument = JsonObject & {
  readonly quarantine_id: string;
  readonly state: 'waiting' | 'retried' | 'dropped' | 'expired';
  readonly kind: 'ingest' | 'webhook';
  readonly source: string;
  readonly code: string;
  readonly detail: string;
  readonly pointer?: string;
  readonly event_type?: string;
  readonly bytes: number;
  /** Entries of one source that were refused for the same reason, at the same place. */
  readonly group: string;
  readonly since: string;
};

/** What waits in quarantine, and what became of it. */
export const quarantineProjection: Projection<QuarantineDocument> = {
  name: 'quarantine',
  version: 1,
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
      const { kind, source, code, detail, pointer, event_type: type, bytes } = event.data;
      const group = [kind, code, source, type, pointer].filter((part) => part !== undefined && part !== '').join(' ');
      const optional = { ...(pointer === undefined ? {} : { pointer }), ...(type === undefined ? {} : { event_type: type }) };
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
