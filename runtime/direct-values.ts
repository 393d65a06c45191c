import { EngineError } from '../contracts/errors.js';
import type { DirectReference } from '../contracts/events/decoded-event.js';
import { upcastValue } from '../contracts/events/upcasters.js';
import type { Json, JsonObject } from '../contracts/json.js';
import { openPart } from '../stores/vault/sealing.js';
import type { Vault } from '../stores/vault/vault.port.js';

/** Whose values are opened; `subject` as in the vault: `customer/<id>`. */
export interface DirectOwner {
  readonly workspace: string;
  readonly subject: string;
}

/** Opens direct values from the references that documents keep. */
export interface DirectValues {
  /**
   * The values in the order of the references, in today's form; undefined where the key is destroyed. The caller has checked that the
   * reader may see them. Errors: `corrupt_event`, `vault_key_missing`, and those of the vault.
   */
  openDirect(references: readonly DirectReference[], owner: DirectOwner): Promise<readonly (Json | undefined)[]>;
}

/** Opens each sealed part once, however many of its fields are asked for. */
export function createDirectValues({ vault }: { readonly vault: Pick<Vault, 'openKeys'> }): DirectValues {
  return {
    async openDirect(references, owner) {
      const keys = await vault.openKeys([...new Set(references.map(({ part }) => part.key_id))]);
      const opened = new Map<string, JsonObject>();
      return references.map((reference) => {
        const key = keys.get(reference.part.key_id);
        if (key === 'destroyed') return undefined;
        if (key === undefined) {
          throw new EngineError('vault_key_missing', `expected key ${reference.part.key_id} in the vault, found nothing`, {
            details: { key_id: reference.part.key_id, event_id: reference.event_id },
          });
        }
        const name = `${reference.event_id}\0${reference.part.class}`;
        const values =
          opened.get(name) ??
          openPart(reference.part, key, { ...owner, subject: reference.subject ?? owner.subject, eventId: reference.event_id });
        opened.set(name, values);
        return valueOf(values, reference);
      });
    },
  };
}

function valueOf(values: JsonObject, { event_type: type, schema_version: version, field }: DirectReference): Json | undefined {
  const stored = Object.hasOwn(values, field) ? values[field] : undefined;
  return stored === undefined ? undefined : upcastValue(type, version, [field, stored])?.[1];
}
