import type { ProfileDocument } from './profile.js';

/**
 * Who is the same person: customers joined by links. A person is named by the smallest of their ids. Erased and unknown customers are absent.
 * Reads are not ordered with writes in flight: wait for `min_position` first. Errors: those of the document store.
 */
export interface People {
  /** The ids of everyone who is the same person, in id order, the customer among them; the customer alone when there is no profile. */
  membersOf(workspace: string, customerId: string): Promise<readonly string[]>;
  /** Their profiles, each by itself, in id order, for each customer asked for that has one. */
  profilesOf(workspace: string, customerIds: readonly string[]): Promise<ReadonlyMap<string, readonly ProfileDocument[]>>;
}
