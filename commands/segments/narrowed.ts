import type { Filter } from '../../contracts/filter.js';
import { dayWindow, localDay, type RuleTime } from '../../domain/segment/local-day.js';
import { windowRules } from '../../domain/segment/next-due.js';
import type { RuleProgram } from '../../domain/segment/rule-program.js';

/** Everyone who may be in the segment, is in it, or may come in or fall out as days go by: whoever is not found needs no decision. */
export function narrowed(program: RuleProgram, time: RuleTime, segmentId: string): { readonly filter?: Filter } {
  const today = localDay(time);
  const filters: readonly Filter[] = [
    program.filterAt(time),
    { kind: 'exists', path: ['segments', segmentId] },
    ...windowRules(program.rule).map(({ event, within_days }): Filter => {
      return { kind: 'range', path: ['events', event, 'last'], gte: dayWindow(today, within_days).from };
    }),
  ];
  return filters.some(({ kind }) => kind === 'all') ? {} : { filter: { kind: 'or', filters } };
}
