import { describe, expect, it } from '@jest/globals';
import { matchesFilter } from '../../../../stores/document-store/matches-filter.js';
import { truthTable } from '../../../support/filter-truth-table.js';

describe('matchesFilter', () => {
  it.each(truthTable)('$says', ({ filter, holds, fails }) => {
    expect(holds.filter((body) => !matchesFilter(filter, body))).toEqual([]);
    expect(fails.filter((body) => matchesFilter(filter, body))).toEqual([]);
  });

  it('does not take what every object has for a field', () => {
    for (const key of ['constructor', '__proto__', 'toString']) {
      expect(matchesFilter({ kind: 'exists', path: [key] }, {})).toBe(false);
    }
  });
});
