/** A refused entry that waits; nothing in it is personal. */
export interface QuarantineEntry {
  readonly quarantine_id: string;
  readonly kind: 'ingest' | 'webhook';
  readonly source: string;
  readonly code: string;
  readonly detail: string;
  readonly pointer?: string;
  /** Of the NDJSON body that it first came in, from 1. */
  readonly line?: number;
  readonly event_type?: string;
  readonly bytes: number;
  /** Entries of one source that were refused for the same reason, at the same place. */
  readonly group: string;
  readonly since: string;
}

/** The entries that wait in quarantine. */
export interface Quarantine {
  /** null when there is none, or it does not wait any more. */
  get(workspace: string, id: string): Promise<QuarantineEntry | null>;
  list(
    workspace: string,
    walk: { readonly kind: 'ingest' | 'webhook'; readonly after?: string; readonly limit: number; readonly group?: string },
  ): Promise<{ readonly entries: readonly QuarantineEntry[]; readonly next: string | null }>;
  /** Waiting entries per group. */
  countByGroup(workspace: string, kind: 'ingest' | 'webhook'): Promise<ReadonlyMap<string, number>>;
}
