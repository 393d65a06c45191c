import type { ProfileDocument } from '../../contracts/read-models/profile.js';

/** What rules look at of a profile. */
export type RuleProfile = Pick<ProfileDocument, 'attributes' | 'events' | 'hashes'>;
