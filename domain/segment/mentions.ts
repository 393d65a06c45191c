import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import { flattenRule, type Rule } from './rule.js';

/** Something that a rule looks at and an event may change: `event:order_created`, `attribute:city`, `identifier:email`. */
export type Mention = `${'event' | 'attribute' | 'identifier'}:${string}`;

/** What the rule looks at. */
export function mentionsOf(rule: Rule): ReadonlySet<Mention> {
  return new Set(
    flattenRule(rule).flatMap((part): readonly Mention[] => {
      switch (part.kind) {
        case 'attribute':
          return [`attribute:${part.field}`];
        case 'identifier':
          return [`identifier:${part.field}`];
        case 'behavior':
          return [`event:${part.event}`];
        case 'and':
        case 'or':
        case 'not':
          return [];
      }
    }),
  );
}

/**
 * What an event of the customer's stream may change for rules. `everything` when there was no profile before: rules that ask for
 * what is missing (neq, did_not_event, NOT) hold from the first event on.
 */
export function touchedBy(event: DecodedEvent, before: ProfileDocument | null): ReadonlySet<Mention> | 'everything' {
  if (before === null) return 'everything';
  const touched = new Set<Mention>([`event:${event.type}`]);
  switch (event.type) {
    case 'customer.created':
    case 'customer.updated': {
      const unset = Array.isArray(event.data.unset) ? event.data.unset.filter((field) => typeof field === 'string') : [];
      for (const field of [...Object.keys(event.data), ...Object.keys(event.direct), ...unset]) touched.add(`attribute:${field}`);
      for (const field of [...Object.keys(event.hashes), ...unset]) touched.add(`identifier:${field}`);
      return touched;
    }
    case 'customer.identified':
      for (const kind of Object.keys(event.hashes)) touched.add(`identifier:${kind}`);
      return touched;
    case 'customer.erased':
      return 'everything';
  }
  return touched;
}
