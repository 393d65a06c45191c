/** Events of one source and type that the log holds; refused entries have the type `!<code>`. */
export interface IngestStatistics {
  readonly source: string;
  readonly type: string;
  readonly total: number;
  readonly backfilled: number;
  readonly first_received_at: string;
  readonly last_received_at: string;
  readonly days: Readonly<Record<string, number>>;
}

/** How much came in. */
export interface IngestStatisticsReader {
  /** By source and type, in that order. */
  list(workspace: string): Promise<readonly IngestStatistics[]>;
}
