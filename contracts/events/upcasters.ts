import type { Json, JsonObject } from '../json.js';

/**
 * One step from a version of a body to the next, said field by field, so that it works on names alone (sealed fields whose key is
 * destroyed), on plain values, and on a sealed value at the moment it is opened.
 */
export interface Upcaster {
  readonly type: string;
  /** The version it reads; it makes `from + 1`. */
  readonly from: number;
  /** The new name of each field that changes its name; null drops the field. */
  readonly names: Readonly<Record<string, string | null>>;
  /** How values change, by their new names. A value that does not have the old form is left as it is. */
  readonly values: Readonly<Record<string, (value: Json) => Json>>;
}

/** `1:02:05` or `02:05` as seconds. */
function secondsOfClock(value: Json): Json {
  if (typeof value !== 'string' || !/^(?:\d{1,3}:)?\d{1,3}:[0-5]\d$/.test(value)) return value;
  return value.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0);
}

const upcasters: readonly Upcaster[] = [
  // The first telephony release sent `duration` as its screen showed it, and one `note`.
  { type: 'call_logged', from: 1, names: { duration: 'duration_sec', note: 'notes' }, values: { duration_sec: secondsOfClock } },
];

/** Every upcaster, to be checked against the contracts. */
export function listUpcasters(): readonly Upcaster[] {
  return upcasters;
}

function stepsOf(type: string, version: number): readonly Upcaster[] {
  return upcasters.filter((step) => step.type === type && step.from >= version).sort((a, b) => a.from - b.from);
}

function own<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Today's name of a field that was stored under a version; undefined when the field was dropped. */
export function upcastName(type: string, version: number, field: string): string | undefined {
  let name = field;
  for (const step of stepsOf(type, version)) {
    const next = own(step.names, name);
    if (next === null) return undefined;
    name = next ?? name;
  }
  return name;
}

/** A stored or opened value under today's name and in today's form; undefined when the field was dropped. */
export function upcastValue(type: string, version: number, entry: readonly [string, Json]): readonly [string, Json] | undefined {
  let [name, value] = entry;
  for (const step of stepsOf(type, version)) {
    const next = own(step.names, name);
    if (next === null) return undefined;
    name = next ?? name;
    value = own(step.values, name)?.(value) ?? value;
  }
  return [name, value];
}

/** Renames or drops the keys of a table that is named by fields, such as hashes; values stay. */
export function upcastNames<Value>(
  type: string,
  version: number,
  table: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> {
  if (stepsOf(type, version).length === 0) return table;
  return Object.fromEntries(
    Object.entries(table).flatMap(([field, value]) => {
      const name = upcastName(type, version, field);
      return name === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** Brings plain or opened fields of any version to today's names and forms. */
export function upcastData(type: string, version: number, data: JsonObject): JsonObject {
  if (stepsOf(type, version).length === 0) return data;
  return Object.fromEntries(Object.entries(data).flatMap((entry) => asList(upcastValue(type, version, entry))));
}

function asList<Value>(value: Value | undefined): readonly Value[] {
  return value === undefined ? [] : [value];
}
