import type { ProfileDocument, ProfileIdentifier, StoredReference } from '../../contracts/read-models/profile.js';

/** The kinds of identifier that also serve as a field of the profile. */
const addressKinds = ['email', 'phone', 'external_id'] as const;

/** The newer of two identifiers by when they were named, then by revision, hash and event: a total order. */
export function newerIdentifier(a: ProfileIdentifier, b: ProfileIdentifier): ProfileIdentifier {
  if (a.at !== b.at) return a.at > b.at ? a : b;
  const byRevision = BigInt(a.revision) - BigInt(b.revision);
  if (byRevision !== 0n) return byRevision > 0n ? a : b;
  if (a.hash !== b.hash) return a.hash > b.hash ? a : b;
  return (a.reference?.event_id ?? '') > (b.reference?.event_id ?? '') ? a : b;
}

/** The profile with `email`, `phone` and `external_id` taken from the newest identifier where the customer's data never set them. */
export function withAddresses(profile: ProfileDocument): ProfileDocument {
  const direct: Record<string, StoredReference> = { ...profile.direct };
  const hashes: Record<string, string> = { ...profile.hashes };
  for (const kind of addressKinds) {
    if (profile.set_at[kind] !== undefined) continue;
    const named = profile.identifiers.filter((identifier) => identifier.kind === kind);
    const [first, ...others] = named;
    if (first === undefined) continue;
    const newest = others.reduce(newerIdentifier, first);
    hashes[kind] = newest.hash;
    if (newest.reference === undefined) Reflect.deleteProperty(direct, kind);
    else direct[kind] = newest.reference;
  }
  return { ...profile, direct, hashes };
}

/** Both lists as one, each identifier once, as it was named last, in order of kind and hash. */
export function mergeIdentifiers(a: readonly ProfileIdentifier[], b: readonly ProfileIdentifier[]): readonly ProfileIdentifier[] {
  const merged = new Map<string, ProfileIdentifier>();
  for (const identifier of [...a, ...b]) {
    const key = `${identifier.kind}\0${identifier.hash}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? identifier : newerIdentifier(known, identifier));
  }
  return [...merged.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, identifier]) => identifier);
}
