import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ProfileDocument } from '../../../contracts/read-models/profile.js';
import { mentionsOf, touchedBy } from '../../../domain/segment/mentions.js';
import { compileRule } from '../../../domain/segment/rule-program.js';
import { decodedEvent } from '../../support/decoded-events.js';
import { customerStream, foldProfile, profilesIn } from '../../support/profiles.js';
import { ruleJson, ruleOf } from '../../support/rules.js';

const stream = 'customer-w1.1';
const at = '2026-11-22T10:00:00.000Z';

describe('what a rule mentions', () => {
  it('is its attributes, identifiers and event types', () => {
    const rule = {
      op: 'AND',
      rules: [
        { type: 'attribute', field: 'city', op: 'eq', value: 'Bandung' },
        { op: 'NOT', rules: [{ type: 'attribute', field: 'email', op: 'eq', value: 'ada' }] },
        { type: 'behavior', event: 'order_created', op: 'did_not_event' },
      ],
    };
    expect([...mentionsOf(ruleOf(rule))]).toEqual(['attribute:city', 'identifier:email', 'event:order_created']);
  });

  it('is touched by the events that set, unset or count it', () => {
    const before = foldProfile([decodedEvent({ type: 'call_logged', stream, at })]);
    const update = decodedEvent({
      type: 'customer.updated',
      stream,
      at,
      data: { city: 'Medan', unset: ['plan'] },
      hashes: { email: 'h' },
    });
    const touched = touchedBy(update, before);
    for (const mention of ['attribute:city', 'attribute:plan', 'identifier:email', 'event:customer.updated'] as const) {
      expect(touched === 'everything' || touched.has(mention)).toBe(true);
    }
    expect(touchedBy(update, null)).toBe('everything');
  });

  it('covers every event after which the rule says something else', () => {
    fc.assert(
      fc.property(ruleJson, customerStream('1'), (json, log) => {
        const projection = profilesIn('UTC');
        const program = compileRule(ruleOf(json));
        const time = { instant: Date.parse(at), zone: 'UTC' };
        log.reduce<ProfileDocument | null>((before, event) => {
          const after = projection.evolve(before, event, 'w1/1');
          const touched = touchedBy(event, before);
          const isMentioned = touched === 'everything' || [...program.mentions].some((mention) => touched.has(mention));
          if (!isMentioned && before !== null && after !== null) {
            expect(program.matches(after, time)).toBe(program.matches(before, time));
            expect(program.nextDue(after, time)).toBe(program.nextDue(before, time));
          }
          return after;
        }, null);
      }),
      { numRuns: 500 },
    );
  });
});
