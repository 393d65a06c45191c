import type { IdentifierHashes } from '../../domain/segment/parse-attribute.js';
import { keyedHash } from '../../domain/identity/keyed-hash.js';
import { type CountryCode, normaliseIdentifier } from '../../domain/identity/normalisers.js';
import type { Vault } from '../../stores/vault/vault.port.js';

/** How the rules of a workspace name people without holding their names. */
export type RuleHashes = (workspace: string) => Promise<IdentifierHashes['hashOf']>;

export interface RuleHashesDeps {
  readonly vault: Pick<Vault, 'secret'>;
  /** The country of phone numbers that are asked for without one. */
  readonly defaultCountryOf: (workspace: string) => Promise<CountryCode>;
}

/** The keyed hashes of the workspace, as profiles hold them. */
export function createRuleHashes({ vault, defaultCountryOf }: RuleHashesDeps): RuleHashes {
  return async (workspace) => {
    const [lookUpKey, defaultCountry] = await Promise.all([vault.secret(workspace, 'look_up'), defaultCountryOf(workspace)]);
    return (field, value) => {
      const normalised = normaliseIdentifier(field, value, { source: '', defaultCountry });
      return normalised === null ? null : keyedHash(lookUpKey, field, normalised);
    };
  };
}
