import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { Json } from '../../contracts/json.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import { withAddresses } from '../../domain/customer/addresses.js';
import { ownValue } from '../../domain/own-value.js';

/** Properties of the event that are not attributes of the customer. */
const notAttributes: ReadonlySet<string> = new Set(['context', 'unset']);

/** Sets and unsets the fields that `customer.created` and `customer.updated` name; what was set later stays. */
export function foldAttributes(profile: ProfileDocument, event: DecodedEvent): ProfileDocument {
  const at = event.metadata.occurred_at;
  const isNewest = (field: string): boolean => at >= (ownValue(profile.set_at, field) ?? '');
  const fields = [...fieldsOf(event)].filter(isNewest);
  if (fields.length === 0) return profile;
  const unset = new Set(unsetFields(event));
  return withAddresses({
    ...profile,
    attributes: replaced(profile.attributes, fields, (field) => (unset.has(field) ? undefined : ownValue(event.data, field))),
    direct: replaced(profile.direct, fields, (field) => (unset.has(field) ? undefined : ownValue(event.direct, field))),
    hashes: replaced(profile.hashes, fields, (field) => (unset.has(field) ? undefined : ownValue(event.hashes, field))),
    set_at: replaced(profile.set_at, fields, () => at),
  });
}

function fieldsOf(event: DecodedEvent): ReadonlySet<string> {
  const plain = Object.keys(event.data).filter((field) => !notAttributes.has(field));
  const direct = Object.keys(event.direct).filter((field) => !field.startsWith('context.'));
  return new Set([...plain, ...direct, ...Object.keys(event.hashes), ...unsetFields(event)]);
}

function unsetFields(event: DecodedEvent): readonly string[] {
  const unset = ownValue<Json>(event.data, 'unset');
  return Array.isArray(unset) ? unset.filter((field) => typeof field === 'string') : [];
}

function replaced<Value>(
  record: Readonly<Record<string, Value>>,
  fields: readonly string[],
  valueOf: (field: string) => Value | undefined,
): Readonly<Record<string, Value>> {
  const kept = Object.entries(record).filter(([field]) => !fields.includes(field));
  const set = fields.flatMap((field) => {
    const value = valueOf(field);
    return value === undefined ? [] : [[field, value] as const];
  });
  return Object.fromEntries([...kept, ...set]);
}
