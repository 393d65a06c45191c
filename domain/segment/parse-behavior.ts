import { ruleLimits } from '../../contracts/segments/rule.js';
import { ownValue } from '../own-value.js';
import { found, refuseOtherFields, type RulePart } from './rule-places.js';
import { type BehaviorRule, boundsOf } from './rule.js';

const MOST_COUNTED = 1_000_000_000;

/** Parses `{type: "behavior", event, op, within_days?, count_gte?, count_lte?}`; null when something was wrong, which is then among the places. */
export function parseBehavior(part: RulePart): BehaviorRule | null {
  const { json, pointer, places } = part;
  refuseOtherFields(part, ['type', 'event', 'op', 'within_days', 'count_gte', 'count_lte']);
  const event = ownValue(json, 'event');
  const op = ownValue(json, 'op');
  const within_days = wholeNumber(part, 'within_days', { from: 1, to: ruleLimits.withinDays });
  const count_gte = wholeNumber(part, 'count_gte', { from: 0, to: MOST_COUNTED });
  const count_lte = wholeNumber(part, 'count_lte', { from: 0, to: MOST_COUNTED });
  if (typeof event !== 'string' || event.length > 128 || !/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$/.test(event)) {
    return places.invalid(`${pointer}/event`, `expected an event type such as order_created, found ${found(event)}`);
  }
  if (event.startsWith('segment.')) {
    return places.invalid(`${pointer}/event`, 'expected an event of the customer: rules cannot mention segment.* events');
  }
  if (op !== 'did_event' && op !== 'did_not_event') {
    return places.invalid(`${pointer}/op`, `expected "did_event" or "did_not_event", found ${found(op)}`);
  }
  const rule: BehaviorRule = { kind: 'behavior', event, op, ...within_days, ...count_gte, ...count_lte, pointer };
  const { min, max } = boundsOf(rule);
  if (min > max)
    return places.invalid(
      `${pointer}/count_lte`,
      `expected at least count_gte (${String(min)}${rule.count_gte === undefined ? ', as it is absent' : ''}), found ${String(max)}`,
    );
  return rule;
}

function wholeNumber<Name extends string>(
  { json, pointer, places }: RulePart,
  name: Name,
  { from, to }: { readonly from: number; readonly to: number },
): Readonly<Partial<Record<Name, number>>> {
  const value = ownValue(json, name);
  const absent: Partial<Record<Name, number>> = {};
  if (value === undefined) return absent;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < from || value > to) {
    places.invalid(`${pointer}/${name}`, `expected a whole number from ${String(from)} to ${String(to)}, found ${found(value)}`);
    return absent;
  }
  return { ...absent, [name]: value };
}
