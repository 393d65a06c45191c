import type { People } from '../../contracts/read-models/people.port.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import type { Profiles } from '../../contracts/read-models/profiles.port.js';
import { combineAll, membersOf, missingOf } from '../../domain/identity/person.js';

/** Finds people by walking the links that profiles hold. */
export function createPeople(profiles: Pick<Profiles, 'getMany'>): People {
  async function profilesOf(workspace: string, customerIds: readonly string[]) {
    return walk(profiles, workspace, { customerIds, known: new Map() });
  }
  return {
    profilesOf,
    async membersOf(workspace, customerId) {
      const found = (await profilesOf(workspace, [customerId])).get(customerId);
      return found?.map((profile) => profile.customer_id) ?? [customerId];
    },
  };
}

/** Profiles as people: whatever id is asked for, everyone merged into one is shown as one, and lists show a person once. */
export function createMergedProfiles(profiles: Profiles): Profiles {
  const merged = async (workspace: string, found: readonly ProfileDocument[]): Promise<ReadonlyMap<string, ProfileDocument>> => {
    const known = new Map(found.map((profile) => [profile.customer_id, profile]));
    const people = await walk(profiles, workspace, { customerIds: [...known.keys()], known });
    const shown = new Map<string, ProfileDocument>();
    for (const [id, members] of people) {
      const person = combineAll(members);
      if (person !== null) shown.set(id, person);
    }
    return shown;
  };
  return {
    async get(workspace, customerId) {
      const found = await profiles.get(workspace, customerId);
      return found === null ? null : ((await merged(workspace, [found])).get(customerId) ?? null);
    },
    async getMany(workspace, customerIds) {
      return merged(workspace, [...(await profiles.getMany(workspace, customerIds)).values()]);
    },
    async findByHash(workspace, kind, hash) {
      const found = [...(await merged(workspace, await profiles.findByHash(workspace, kind, hash))).values()];
      return [...new Map(found.map((person) => [person.customer_id, person])).values()];
    },
    async page(workspace, { filter, ...walk }) {
      // What holds for two together may hold for neither alone: whoever is linked is looked at.
      const either = filter && ({ kind: 'or', filters: [filter, { kind: 'exists', path: ['links'] }] } as const);
      for (let after = walk.after; ;) {
        const behind = after === undefined ? {} : { after };
        const page = await profiles.page(workspace, { ...walk, ...behind, ...(either === undefined ? {} : { filter: either }) });
        const people = await merged(workspace, page.profiles);
        const shown = page.profiles.flatMap(({ customer_id: id }) => {
          const person = people.get(id);
          return person?.customer_id === id ? [person] : [];
        });
        if (shown.length > 0 || page.next === null) return { profiles: shown, next: page.next };
        after = page.next;
      }
    },
    count: (workspace, filter) => profiles.count(workspace, filter),
  };
}

async function walk(
  profiles: Pick<Profiles, 'getMany'>,
  workspace: string,
  start: { readonly customerIds: readonly string[]; readonly known: ReadonlyMap<string, ProfileDocument> },
): Promise<ReadonlyMap<string, readonly ProfileDocument[]>> {
  const loaded = new Map<string, ProfileDocument | null>(start.known);
  const clusters = new Map<string, Map<string, ProfileDocument | null>>();
  const people = new Map<string, readonly ProfileDocument[]>();
  for (const id of start.customerIds) clusters.set(id, new Map());
  let open = [...clusters.keys()];
  while (open.length > 0) {
    const wanted = new Set<string>();
    const rest: string[] = [];
    for (const id of open) {
      const known = clusters.get(id) ?? new Map<string, ProfileDocument | null>();
      let missing = missingOf(known, id);
      while (missing.length > 0 && missing.every((other) => loaded.has(other))) {
        for (const other of missing) known.set(other, loaded.get(other) ?? null);
        missing = missingOf(known, id);
      }
      if (missing.length === 0) {
        const members = membersOf(known, id).flatMap((member) => known.get(member) ?? []);
        if (members.length > 0) people.set(id, members);
        continue;
      }
      rest.push(id);
      for (const other of missing) if (!loaded.has(other)) wanted.add(other);
    }
    open = rest;
    if (wanted.size === 0) continue;
    const found = await profiles.getMany(workspace, [...wanted]);
    for (const id of wanted) loaded.set(id, found.get(id) ?? null);
  }
  return people;
}
