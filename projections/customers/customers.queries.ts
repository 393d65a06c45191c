import type { CustomerView, Customers, Disclosure } from '../../contracts/read-models/customers.port.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import type { Profiles } from '../../contracts/read-models/profiles.port.js';
import { keyedHash } from '../../domain/identity/keyed-hash.js';
import { normaliseIdentifier, type CountryCode } from '../../domain/identity/normalisers.js';
import type { Vault } from '../../stores/vault/vault.port.js';
import { customerView } from './customer-view.js';
import { readTimeline, type TimelineDeps } from './timeline.js';

export interface CustomersDeps extends TimelineDeps {
  readonly profiles: Profiles;
  readonly vault: Pick<Vault, 'secret'>;
  /** The country of phone numbers that are asked for without one. */
  readonly defaultCountryOf: (workspace: string) => Promise<CountryCode>;
}

/** Customers read from their profiles, timelines from their streams. */
export function createCustomers(deps: CustomersDeps): Customers {
  const view = (workspace: string, profile: ProfileDocument, disclosure: Disclosure): Promise<CustomerView> =>
    customerView(profile, { workspace, direct: deps.direct, disclosure });
  return {
    async get(workspace, customerId, disclosure) {
      const profile = await deps.profiles.get(workspace, customerId);
      return profile === null ? null : view(workspace, profile, disclosure);
    },
    async findBy(workspace, { kind, value }, disclosure) {
      const defaultCountry = await deps.defaultCountryOf(workspace);
      const normalised = normaliseIdentifier(kind, value, { source: '', defaultCountry });
      if (normalised === null) return [];
      const hash = keyedHash(await deps.vault.secret(workspace, 'look_up'), kind, normalised);
      const profiles = await deps.profiles.findByHash(workspace, kind, hash);
      return Promise.all(profiles.map((profile) => view(workspace, profile, disclosure)));
    },
    async list(workspace, walk, disclosure) {
      const { profiles, next } = await deps.profiles.page(workspace, walk);
      return { customers: await Promise.all(profiles.map((profile) => view(workspace, profile, disclosure))), next };
    },
    timeline: (workspace, customerId, options) => readTimeline(deps, { workspace, customerId, ...options }),
  };
}
