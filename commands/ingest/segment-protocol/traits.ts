import { isEmpty, isNothing, isRecord, type JsonRecord } from './json-record.js';

const renamed: Readonly<Record<string, string>> = {
  firstName: 'first_name',
  lastName: 'last_name',
  birthday: 'birth_date',
};

/** How the parts of an address are written, one after the other. */
const addressParts = ['street', 'city', 'state', 'postalCode', 'postal_code', 'country'];

/** Where the traits of an identify call are, and its context without what was taken from there. */
export function traitsOf(call: JsonRecord): { readonly traits: unknown; readonly context: unknown } {
  const { traits, context } = call;
  if (!isRecord(context) || !isRecord(context['traits'])) return { traits, context };
  const { traits: inContext, ...others } = context;
  // Some clients say them twice, some there only.
  const same = JSON.stringify(traits) === JSON.stringify(inContext);
  return same || isNothing(traits) || isEmpty(traits) ? { traits: inContext, context: others } : { traits, context };
}

/** Traits under the names that the contract of a customer has for them; all others stay attributes under their own names. */
export function profileFields(traits: JsonRecord): JsonRecord {
  const named = Object.entries(traits).map(([name, value]): readonly [string, unknown] => {
    const better = Object.hasOwn(renamed, name) ? (renamed[name] ?? name) : name;
    if (better === name || Object.hasOwn(traits, better)) return [name, value];
    if (better !== 'birth_date') return [better, value];
    const date = dateOf(value);
    return date === null ? [name, value] : [better, date];
  });
  return withAddress(Object.fromEntries(named));
}

/** The day of a time: Segment's birthdays are times. */
function dateOf(value: unknown): string | null {
  return typeof value === 'string' ? (/^(\d{4}-\d\d-\d\d)(?:T.*)?$/.exec(value)?.[1] ?? null) : null;
}

/** An address in parts becomes one line; its city and country are fields of their own too. */
function withAddress(traits: JsonRecord): JsonRecord {
  const { address } = traits;
  if (!isRecord(address)) return traits;
  const parts = Object.entries(address).filter(([, part]) => !isNothing(part));
  if (parts.some(([name, part]) => !addressParts.includes(name) || !['string', 'number'].includes(typeof part))) return traits;
  const line = [...parts].sort(([a], [b]) => addressParts.indexOf(a) - addressParts.indexOf(b)).map(([, part]) => String(part));
  const { city, country } = address;
  return {
    ...(isNothing(city) ? {} : { city }),
    ...(isNothing(country) ? {} : { country }),
    ...traits,
    address: line.join(', '),
  };
}
