/** The value of an own property; never one that every object inherits, so that names like `constructor` are ordinary names. */
export function ownValue<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
