import fc from 'fast-check';
import { nasty } from './arbitrary-requests.js';

/** The value as it is, or with something nasty in up to three places. */
export function damaged<Value extends object>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value> {
  return fc.tuple(arbitrary, fc.array(fc.tuple(fc.nat(), nasty), { maxLength: 3 })).map(([value, damage]) => {
    const copy = structuredClone(value);
    // What is put in may be damaged next: not the one that other draws share.
    for (const [at, what] of damage) damageAt(copy, at, structuredClone(what));
    return copy;
  });
}

function damageAt(value: object, at: number, what: unknown): void {
  const places = placesOf(value);
  const [owner, name] = places[at % places.length] ?? [value, 'extra'];
  Object.defineProperty(owner, name, { value: what, enumerable: true, configurable: true, writable: true });
}

/** Every property inside of it, and one more of each object. */
function placesOf(value: object): readonly (readonly [object, string])[] {
  const inner = Object.entries(value).flatMap(([name, one]: [string, unknown]) => [
    [value, name] as const,
    ...(typeof one === 'object' && one !== null ? placesOf(one) : []),
  ]);
  return [...inner, [value, '__proto__'], [value, 'extra']];
}
