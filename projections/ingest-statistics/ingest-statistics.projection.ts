import { ENGINE_SOURCE } from '../../contracts/events/sources.js';
import type { JsonObject } from '../../contracts/json.js';
import type { Projection } from '../../runtime/projection.js';
import { foldViolations, violationsOf, type ViolationCounters } from './fold-violations.js';

/** Events of one source and type that the log holds. Document id: `<workspace>/<source>/<type>`; refused entries have the type `!<code>`. */
export type IngestStatisticsDocument = JsonObject & {
  readonly source: string;
  readonly type: string;
  readonly total: number;
  /** Of the total, imported history. */
  readonly backfilled: number;
  readonly first_received_at: string;
  readonly last_received_at: string;
  /** By UTC day of receipt, the newest 400. */
  readonly days: Readonly<Record<string, number>>;
  /** What the tracking plan of the source had against them, and against entries that were refused for it. */
  readonly violations?: ViolationCounters;
};

const DAYS_KEPT = 400;

/** How much came in, by source and type: counted from the log, so that a rebuild counts the same. */
export const ingestStatisticsProjection: Projection<IngestStatisticsDocument> = {
  name: 'ingest-statistics',
  version: 2,
  categories: ['ad_campaign', 'customer', 'quarantine'],
  handles: '*',
  opensQuasi: false,
  indexes: [],
  keys(event) {
    const { workspace, category } = event.stream;
    if (category === 'quarantine') {
      if (event.type !== 'quarantine.received') return [];
      const source = text(event.data['source']);
      const refused = `${workspace}/${source}/!${text(event.data['code'])}`;
      return violationsOf(event).length === 0 ? [refused] : [refused, `${workspace}/${source}/${text(event.data['event_type'])}`];
    }
    return event.metadata.source === ENGINE_SOURCE ? [] : [`${workspace}/${event.metadata.source}/${event.type}`];
  },
  evolve(document, event, key) {
    const at = event.metadata.received_at;
    const [, source = '', type = ''] = key.split('/');
    const base: IngestStatisticsDocument = document ?? {
      source,
      type,
      total: 0,
      backfilled: 0,
      first_received_at: at,
      last_received_at: at,
      days: {},
    };
    // Of an entry that the plan refused, the type's own document counts only what the plan had against it.
    const counts = event.stream.category !== 'quarantine' || type.startsWith('!');
    const violations = type.startsWith('!') ? undefined : foldViolations(base.violations, event);
    const told = violations === undefined ? base : { ...base, violations };
    if (!counts) return told;
    const day = at.slice(0, 10);
    return {
      ...told,
      total: base.total + 1,
      backfilled: base.backfilled + (event.metadata.backfill === undefined ? 0 : 1),
      last_received_at: at > base.last_received_at ? at : base.last_received_at,
      days: newest({ ...base.days, [day]: (base.days[day] ?? 0) + 1 }),
    };
  },
};

function newest(days: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const names = Object.keys(days);
  if (names.length <= DAYS_KEPT) return days;
  return Object.fromEntries(
    names
      .sort()
      .slice(-DAYS_KEPT)
      .map((day) => [day, days[day] ?? 0]),
  );
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
