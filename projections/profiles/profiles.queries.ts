import type { Filter } from '../../contracts/filter.js';
import { profileId, type ProfileDocument } from '../../contracts/read-models/profile.js';
import type { Profiles } from '../../contracts/read-models/profiles.port.js';
import type { JsonObject } from '../../contracts/json.js';
import type { DocumentStore } from '../../stores/document-store/document-store.port.js';

/** Where the profiles are: `collection` names the one that serves now, and is asked at each call. */
export interface ProfilesSource {
  readonly documents: Pick<DocumentStore, 'get' | 'getMany' | 'find' | 'count'>;
  collection(): string;
}

/** Reads profiles from the document store. */
export function createProfiles(source: ProfilesSource): Profiles {
  const { documents } = source;
  const scope = (workspace: string, filter: Filter | undefined) => ({
    idPrefix: profileId(workspace, ''),
    ...(filter === undefined ? {} : { filter }),
  });

  return {
    async get(workspace, customerId) {
      const stored = await documents.get(source.collection(), profileId(workspace, customerId));
      return stored === null || stored.body === null ? null : asProfile(stored.body);
    },
    async getMany(workspace, customerIds) {
      const stored = await documents.getMany(
        source.collection(),
        customerIds.map((customerId) => profileId(workspace, customerId)),
      );
      const bodies = [...stored.values()].flatMap(({ body }) => (body === null ? [] : [asProfile(body)]));
      return new Map(bodies.map((profile) => [profile.customer_id, profile]));
    },
    async findByHash(workspace, kind, hash) {
      const filter: Filter = { kind: 'eq', path: ['hashes', kind], value: hash };
      const page = await documents.find(source.collection(), { ...scope(workspace, filter), limit: 100 });
      return page.documents.map(({ body }) => asProfile(body));
    },
    async page(workspace, { filter, after, limit }) {
      const behind = after === undefined ? {} : { afterId: profileId(workspace, after) };
      const page = await documents.find(source.collection(), { ...scope(workspace, filter), ...behind, limit });
      const profiles = page.documents.map(({ body }) => asProfile(body));
      return { profiles, next: page.nextCursor === null ? null : (profiles.at(-1)?.customer_id ?? null) };
    },
    async count(workspace, filter) {
      return documents.count(source.collection(), scope(workspace, filter));
    },
  };
}

function asProfile(body: JsonObject): ProfileDocument {
  // Only the profiles projection writes this collection, and it writes nothing but its own documents.
  return body as ProfileDocument;
}
