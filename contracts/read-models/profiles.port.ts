import type { Filter } from '../filter.js';
import type { ProfileDocument } from './profile.js';

/** A walk through profiles in id order: those behind `after`, narrowed by `filter`. */
export interface ProfileWalk {
  readonly filter?: Filter;
  /** The last customer id of the page before. */
  readonly after?: string;
  /** 1 to 10,000. */
  readonly limit: number;
}

/** A page of a walk; `next` is the `after` of the next page, null on the last. */
export interface ProfilePage {
  readonly profiles: readonly ProfileDocument[];
  readonly next: string | null;
}

/**
 * The profiles of the projection version that serves. Erased and unknown customers are absent.
 * Reads are not ordered with writes in flight: wait for `min_position` first. Errors: those of the document store.
 */
export interface Profiles {
  get(workspace: string, customerId: string): Promise<ProfileDocument | null>;
  /** Those found, by customer id. */
  getMany(workspace: string, customerIds: readonly string[]): Promise<ReadonlyMap<string, ProfileDocument>>;
  /** Profiles whose current `email`, `phone` or `external_id` has this keyed hash, in id order, at most 100. */
  findByHash(workspace: string, kind: 'email' | 'phone' | 'external_id', hash: string): Promise<readonly ProfileDocument[]>;
  page(workspace: string, walk: ProfileWalk): Promise<ProfilePage>;
  count(workspace: string, filter?: Filter): Promise<number>;
}
