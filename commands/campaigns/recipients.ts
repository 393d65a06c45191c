import type { DirectReference } from '../../contracts/events/decoded-event.js';
import type { Json, JsonObject } from '../../contracts/json.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import { ownValue } from '../../domain/own-value.js';
import { customerSubject } from '../../stores/vault/subjects.js';
import type { CampaignsDeps } from './campaigns-deps.js';

/** A customer with what a template may use; `email` is absent where there is none, or none that can be opened any more. */
export interface Recipient {
  readonly profile: ProfileDocument;
  readonly email?: string;
  readonly fields: JsonObject;
}

type OpenDeps = Pick<CampaignsDeps, 'vault' | 'directValues'>;

/** Opens the addresses of customers, and those of their direct values that are named; in the given order. */
export async function openRecipients(
  deps: OpenDeps,
  profiles: readonly ProfileDocument[],
  options: { readonly workspace: string; readonly fields: readonly string[] },
): Promise<readonly Recipient[]> {
  const wanted = profiles.map((profile) => referencesOf(profile, options.fields));
  // One question for all keys: those behind it are answered from memory.
  await deps.vault.openKeys([...new Set(wanted.flatMap((references) => references.map(([, { part }]) => part.key_id)))]);
  return Promise.all(
    profiles.map(async (profile, index) => {
      const references = wanted[index] ?? [];
      const owner = { workspace: options.workspace, subject: customerSubject(profile.customer_id) };
      const values = await deps.directValues.openDirect(
        references.map(([, reference]) => reference),
        owner,
      );
      return recipientOf(
        profile,
        references.map(([name], at) => [name, values[at]] as const),
      );
    }),
  );
}

function referencesOf(profile: ProfileDocument, fields: readonly string[]): readonly (readonly [string, DirectReference])[] {
  return [...new Set(['email', ...fields])].flatMap((name) => {
    const reference = ownValue(profile.direct, name);
    return reference === undefined ? [] : [[name, reference] as const];
  });
}

function recipientOf(profile: ProfileDocument, opened: readonly (readonly [string, Json | undefined])[]): Recipient {
  const known = opened.filter((entry): entry is readonly [string, Json] => entry[1] !== undefined);
  const fields = { ...profile.attributes, ...Object.fromEntries(known), qontak_customer_id: profile.customer_id };
  const email = known.find(([name]) => name === 'email')?.[1];
  return { profile, fields, ...(typeof email === 'string' ? { email: email.trim() } : {}) };
}
