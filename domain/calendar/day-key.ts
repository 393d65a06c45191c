const DAY_MS = 86_400_000;
const CACHE_LIMIT = 20_000;

const keys = new Map<number, string>();
const numbers = new Map<string, number>();

/** The calendar day `number` days after 1970-01-01, as `YYYY-MM-DD`; such keys compare like the days they name. */
export function dayKey(number: number): string {
  const known = keys.get(number);
  if (known !== undefined) return known;
  const key = new Date(number * DAY_MS).toISOString().slice(0, 10);
  if (keys.size >= CACHE_LIMIT) keys.clear();
  keys.set(number, key);
  return key;
}

/** The number of a day key: days since 1970-01-01. */
export function dayNumber(key: string): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  const number = Math.floor(Date.parse(`${key}T00:00:00.000Z`) / DAY_MS);
  if (numbers.size >= CACHE_LIMIT) numbers.clear();
  numbers.set(key, number);
  return number;
}
