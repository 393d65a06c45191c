/** How far it is with erasing a customer. `reopened`: erased once, and let back in. */
export type ErasureState = 'requested' | 'declined' | 'running' | 'completed' | 'reopened';

/** What is known about erasing one customer. Nothing in it is personal. Times are ISO-8601 UTC with milliseconds. */
export type ErasureDocument = {
  readonly customer_id: string;
  readonly state: ErasureState;
  /** When the state was reached. */
  readonly at: string;
  /** What a module passed on, while nobody has decided. */
  readonly request?: { readonly event_id: string; readonly at: string; readonly source: string };
  readonly erasure_id?: string;
};

/** Who asked to be erased, and who was. Errors: those of the document store. */
export interface Erasures {
  /** null for a customer whom nobody asked to erase. */
  get(workspace: string, customerId: string): Promise<ErasureDocument | null>;
  /** In customer order, behind `after`. */
  list(
    workspace: string,
    walk: { readonly state?: ErasureState; readonly after?: string; readonly limit: number },
  ): Promise<{ readonly erasures: readonly ErasureDocument[]; readonly next: string | null }>;
}
