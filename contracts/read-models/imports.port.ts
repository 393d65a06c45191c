/** An import of history. */
export interface ImportView {
  readonly import_id: string;
  readonly state: 'open' | 'finished';
  readonly label?: string;
  /** By how many whole days the dates of the import are shifted. */
  readonly shift_days?: number;
  readonly started_at: string;
  readonly finished_at?: string;
  readonly counts?: ImportCounts;
}

/** Entries of an import, as answered in receipts: received = accepted + duplicate + quarantined. */
export interface ImportCounts {
  readonly received: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly quarantined: number;
}

/** The imports of each workspace. */
export interface Imports {
  get(workspace: string, importId: string): Promise<ImportView | null>;
  /** Oldest first; with a label, only those that carry it. */
  list(workspace: string, label?: string): Promise<readonly ImportView[]>;
  /** Open imports of all workspaces. */
  open(): Promise<readonly (ImportView & { readonly workspace: string })[]>;
}
