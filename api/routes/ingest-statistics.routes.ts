import { z } from 'zod';
import type { IngestStatisticsReader } from '../../contracts/read-models/ingest-statistics.port.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import { asOfSchema, consistencyQuery } from '../queries/consistency.js';
import type { ReadConsistency } from '../read-consistency.js';
import type { ApiRoutes } from '../route-config.js';

export interface IngestStatisticsRoutesDeps {
  readonly statistics: IngestStatisticsReader;
  readonly reads: ReadConsistency;
}

const entry = z.object({
  source: z.string(),
  type: z.string(),
  total: z.int(),
  backfilled: z.int(),
  first_received_at: z.string(),
  last_received_at: z.string(),
  days: z.record(z.string(), z.int()),
});
const response = { 200: z.object({ data: z.array(entry), as_of: asOfSchema }) };

/** `GET /v1/ingest/statistics`: how much came in, by source and type, counted from the log. */
export function ingestStatisticsRoutes({ statistics, reads }: IngestStatisticsRoutesDeps): ApiRoutes {
  return (api) => {
    const schema = { querystring: z.strictObject(consistencyQuery), response };
    api.get('/v1/ingest/statistics', { config: { access: 'projections:read' }, schema }, async (request) => {
      const as_of = await reads.of('ingest-statistics', request.query);
      const data = await statistics.list(principalOf(request).workspace);
      return { data: data.map((one) => ({ ...one, days: { ...one.days } })), as_of };
    });
  };
}
