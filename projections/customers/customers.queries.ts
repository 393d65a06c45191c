import type { CustomerView, Customers, Disclosure } from '../../contracts/read-models/customers.port.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import type { People } from '../../contracts/read-models/people.port.js';
import type { Profiles } from '../../contracts/read-models/profiles.port.js';
import type { Segments } from '../../contracts/read-models/segments.port.js';
import { keyedHash } from '../../domain/identity/keyed-hash.js';
import { normaliseIdentifier, type CountryCode } from '../../domain/identity/normalisers.js';
import type { Vault } from '../../stores/vault/vault.port.js';
import { customerView } from './customer-view.js';
import { readTimeline, type TimelineDeps } from './timeline.js';

export interface CustomersDeps extends TimelineDeps {
  /** Everyone who is one person as one. */
  readonly profiles: Profiles;
  readonly people: People;
  readonly segments: Pick<Segments, 'archivedAmong'>;
  readonly vault: Pick<Vault, 'secret'>;
  /** The country of phone numbers that are asked for without one. */
  readonly defaultCountryOf: (workspace: string) => Promise<CountryCode>;
}

/** Customers read from their profiles, timelines from their streams. */
export function createCustomers(deps: CustomersDeps): Customers {
  async function views(
    workspace: string,
    profiles: readonly ProfileDocument[],
    disclosure: Disclosure,
  ): Promise<readonly CustomerView[]> {
    const segments = profiles.flatMap((profile) => Object.keys(profile.segments));
    const archived = await deps.segments.archivedAmong(workspace, segments);
    const linked = profiles.filter(({ links }) => links !== undefined).map((profile) => profile.customer_id);
    const people = linked.length === 0 ? new Map<string, never>() : await deps.people.profilesOf(workspace, linked);
    return Promise.all(
      profiles.map((profile) => {
        const members = (people.get(profile.customer_id) ?? []).map((member) => member.customer_id);
        return customerView(profile, { workspace, direct: deps.direct, disclosure, archived, members });
      }),
    );
  }
  return {
    async get(workspace, customerId, disclosure) {
      const profile = await deps.profiles.get(workspace, customerId);
      return profile === null ? null : ((await views(workspace, [profile], disclosure))[0] ?? null);
    },
    async findBy(workspace, { kind, value }, disclosure) {
      const defaultCountry = await deps.defaultCountryOf(workspace);
      const normalised = normaliseIdentifier(kind, value, { source: '', defaultCountry });
      if (normalised === null) return [];
      const hash = keyedHash(await deps.vault.secret(workspace, 'look_up'), kind, normalised);
      const profiles = await deps.profiles.findByHash(workspace, kind, hash);
      return views(workspace, profiles, disclosure);
    },
    async list(workspace, walk, disclosure) {
      const { profiles, next } = await deps.profiles.page(workspace, walk);
      return { customers: await views(workspace, profiles, disclosure), next };
    },
    async timeline(workspace, customerId, options) {
      const members = await deps.people.membersOf(workspace, customerId);
      return readTimeline(deps, { workspace, members, ...options });
    },
  };
}
