import type { IngestStatistics, IngestStatisticsReader } from '../../contracts/read-models/ingest-statistics.port.js';
import type { ReadSource } from '../read-source.js';

const LIMIT = 10_000;

/** Reads ingest statistics. */
export function createIngestStatistics(source: ReadSource): IngestStatisticsReader {
  return {
    async list(workspace) {
      const page = await source.documents.find(source.collection(), { idPrefix: `${workspace}/`, limit: LIMIT });
      // Only the projection writes this collection.
      return page.documents.map(({ body }) => body as unknown as IngestStatistics);
    },
  };
}
