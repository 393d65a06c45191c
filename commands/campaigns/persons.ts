import type { MemberProfile } from '../../contracts/read-models/members.port.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import { combineAll } from '../../domain/identity/person.js';
import type { CampaignsDeps } from './campaigns-deps.js';

/**
 * What is known of the person behind each of these customers, under the id that was asked for and the revision of that customer's own stream,
 * at which its messages are reserved.
 */
export async function personsOf(
  deps: Pick<CampaignsDeps, 'people'>,
  workspace: string,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, ProfileDocument>> {
  const found = new Map<string, ProfileDocument>();
  for (const [id, members] of await deps.people.profilesOf(workspace, customerIds)) {
    const person = combineAll(members);
    const own = members.find((profile) => profile.customer_id === id);
    if (person !== null && own !== undefined) found.set(id, { ...person, customer_id: id, revision: own.revision });
  }
  return found;
}

/**
 * The members with what is known of the person behind each. Those who are one person have one address then, and of several with one address
 * the first is written to.
 */
export async function memberPersons(
  deps: Pick<CampaignsDeps, 'people'>,
  workspace: string,
  members: readonly MemberProfile[],
): Promise<readonly MemberProfile[]> {
  const linked = members.filter(({ links }) => links !== undefined).map((profile) => profile.customer_id);
  if (linked.length === 0) return members;
  const persons = await personsOf(deps, workspace, linked);
  return members.map((profile) => persons.get(profile.customer_id) ?? profile);
}
