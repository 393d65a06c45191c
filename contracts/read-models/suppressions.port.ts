import type { SuppressionReason } from '../events/suppression.events.js';

/** An address that is never mailed; nobody can tell from it what the address is. Document id: `<workspace>/<address hash>`. */
export type SuppressionDocument = {
  readonly address_hash: string;
  readonly reason: SuppressionReason;
  readonly added_at: string;
};

/** The suppression list of each workspace. Errors: those of the document store. */
export interface Suppressions {
  /** Those of the given addresses that are suppressed, by hash. */
  getMany(workspace: string, addressHashes: readonly string[]): Promise<ReadonlyMap<string, SuppressionDocument>>;
  /** Newest first. */
  list(
    workspace: string,
    page: { readonly limit: number; readonly cursor?: string; readonly reason?: SuppressionReason },
  ): Promise<{ readonly suppressions: readonly SuppressionDocument[]; readonly next: string | null }>;
  count(workspace: string): Promise<number>;
}
