import { customerEvents } from '../../contracts/events/customer.events.js';
import type { PiiClass } from '../../contracts/events/event.js';
import { ownValue } from '../own-value.js';

const declaring = customerEvents.filter(({ type }) => type === 'customer.created' || type === 'customer.updated');

/** How personal the contracts say an attribute is; undefined for an attribute that none declares. */
export function fieldClass(field: string): PiiClass | undefined {
  for (const { pii } of declaring) {
    const found = ownValue(pii, field);
    if (found !== undefined) return found;
  }
  return undefined;
}
