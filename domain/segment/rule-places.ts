import { EngineError, type ErrorPlace } from '../../contracts/errors.js';

/** Collects what is wrong with a rule, so that all of it is told at once. */
export interface RulePlaces {
  invalid(pointer: string, detail: string): null;
  notSegmentable(pointer: string, detail: string): null;
  /** Throws `invalid_input`, else `field_not_segmentable`, if anything was collected. */
  refuse(): void;
}

/** An empty collection. */
export function createRulePlaces(): RulePlaces {
  const invalid: ErrorPlace[] = [];
  const notSegmentable: ErrorPlace[] = [];
  return {
    invalid(pointer, detail) {
      invalid.push({ pointer, detail });
      return null;
    },
    notSegmentable(pointer, detail) {
      notSegmentable.push({ pointer, detail });
      return null;
    },
    refuse() {
      if (invalid.length > 0) throw new EngineError('invalid_input', messageOf(invalid), { places: invalid });
      if (notSegmentable.length > 0)
        throw new EngineError('field_not_segmentable', messageOf(notSegmentable), { places: notSegmentable });
    },
  };
}

function messageOf(places: readonly ErrorPlace[]): string {
  const [first] = places;
  const more = places.length > 1 ? ` and ${String(places.length - 1)} more` : '';
  return `The rule is not valid at "${first?.pointer ?? ''}"${more}: ${first?.detail ?? ''}.`;
}

/** One part of a rule's JSON, on the way to being parsed. */
export interface RulePart {
  readonly json: Readonly<Record<string, unknown>>;
  readonly pointer: string;
  readonly places: RulePlaces;
}

/** Complains about each field that a rule of its kind does not have. */
export function refuseOtherFields({ json, pointer, places }: RulePart, known: readonly string[]): void {
  for (const name of Object.keys(json)) {
    if (known.includes(name)) continue;
    const escaped = name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
    places.invalid(`${pointer}/${escaped}`, `expected one of ${known.join(', ')}, found another field`);
  }
}

/** What was found, in a few words and without its content. */
export function found(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return 'text';
  return typeof value === 'number' ? `the number ${String(value)}` : `a ${typeof value}`;
}
