import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { added, id, none, optional, quasi, text } from '../../../contracts/events/contract-fields.js';
import { defineEvent, type EventContract } from '../../../contracts/events/event-contract.js';
import { listContracts } from '../../../contracts/events/registry.js';
import { changesSince, frozenForm } from '../../../contracts/frozen-contract.js';
import { reviewFrozen, type FrozenFiles } from '../../../contracts/frozen-files.js';
import { frozenFiles } from '../../support/event-fixture.js';

const kept: FrozenFiles = { contracts: frozenFiles('contracts'), events: frozenFiles('events') };

const spec = {
  type: 'shelf_passed',
  version: 1,
  owner: 'shop',
  purpose: 'A customer passed a shelf.',
  category: 'customer',
  intake: true,
  fields: { shelf_id: none(id, 'The shelf.'), mood: quasi(optional(text), 'The mood.') },
  example: { shelf_id: 's-1' },
} as const;
const contract: EventContract = defineEvent(spec);
const frozen = frozenForm(contract);
const nothing: FrozenFiles = { contracts: new Map(), events: new Map() };

/** The files after the script has run for a contract. */
function written(of: EventContract): FrozenFiles {
  return reviewFrozen([of], nothing).toWrite;
}

function changed(different: Partial<EventContract>): ReturnType<typeof changesSince> {
  return changesSince(frozen, { ...contract, ...different });
}

describe('published contracts', () => {
  it('are as they were published (else raise the version, or run scripts/generate-reference.mjs for what is new)', () => {
    const { broken, toWrite } = reviewFrozen(listContracts(), kept);
    expect(broken).toEqual([]);
    expect({ contracts: [...toWrite.contracts.keys()], events: [...toWrite.events.keys()] }).toEqual({
      contracts: [],
      events: [],
    });
  });

  it('have a frozen event for each of their versions', () => {
    const wanted = listContracts().flatMap(({ type, version }) =>
      Array.from({ length: version }, (_, index) => `${type}.v${String(index + 1)}.json`),
    );
    expect([...kept.events.keys()]).toEqual(expect.arrayContaining(wanted));
  });
});

describe('a change of a published contract', () => {
  it('is none where only words for people changed', () => {
    const fields = { ...spec.fields, shelf_id: none(id, 'Which shelf it was.') };
    expect(changesSince(frozen, defineEvent({ ...spec, owner: 'stores', purpose: 'Passing by.', fields }))).toEqual({
      breaking: [],
      gained: [],
    });
  });

  it('may add an optional field that old events are not held to', () => {
    const fields = { ...spec.fields, speed: added(none(optional(z.number()), 'Metres a second.')) };
    const gaining = defineEvent({ ...spec, fields, measures: [{ field: 'speed' }] });
    expect(changesSince(frozen, gaining)).toEqual({ breaking: [], gained: ['the field speed'] });
    const review = reviewFrozen([gaining], written(contract));
    expect([review.broken, [...review.toWrite.contracts.keys()]]).toEqual([[], ['shelf_passed.v1.json']]);
    expect(reviewFrozen([gaining], { ...written(contract), ...written(gaining) }).toWrite.contracts.size).toBe(0);
  });

  it.each<[string, EventContract, string]>([
    ['a field that is gone', defineEvent({ ...spec, fields: { shelf_id: spec.fields.shelf_id } }), 'mood is gone'],
    [
      'another class',
      defineEvent({ ...spec, fields: { ...spec.fields, mood: none(optional(text), 'x') } }),
      'the class of mood was "quasi", is "none"',
    ],
    [
      'another schema',
      defineEvent({ ...spec, fields: { ...spec.fields, shelf_id: none(z.string().max(9), 'x') } }),
      'the schema of shelf_id was',
    ],
    [
      'a field that becomes required',
      defineEvent({ ...spec, fields: { ...spec.fields, mood: quasi(text, 'x') }, example: { shelf_id: 's-1', mood: 'x' } }),
      'whether mood is required was false, is true',
    ],
    [
      'a new field that is required',
      defineEvent({ ...spec, fields: { ...spec.fields, aisle: none(id, 'x') }, example: { shelf_id: 's-1', aisle: 'x' } }),
      'the new field aisle is required',
    ],
    [
      'a new field that old events would be held to',
      defineEvent({ ...spec, fields: { ...spec.fields, aisle: none(optional(id), 'x') } }),
      'not marked with added()',
    ],
  ])('is told: %s', (_what, today, said) => {
    expect(changesSince(frozen, today).breaking).toEqual([expect.stringContaining(said)]);
  });

  it.each<[string, Partial<EventContract>]>([
    ['the time that counts', { timeField: 'shelf_id' }],
    ['what identifies', { identifiers: { mood: 'email' } }],
    ['what is summed', { measures: [{ field: 'shelf_id' }] }],
    ['who may push it', { intake: false }],
    ['where it stands', { category: 'source' }],
    ['what only the engine writes', { engineFields: ['mood'] }],
    ['what modules have to send', { moduleFields: ['mood'] }],
  ])('is told: %s', (_what, different) => {
    expect(changed(different).breaking).toHaveLength(1);
  });

  it('says what changed and how to go on', () => {
    const today = defineEvent({ ...spec, fields: { shelf_id: spec.fields.shelf_id } });
    const { broken, toWrite } = reviewFrozen([today], written(contract));
    expect(broken).toEqual([
      expect.stringMatching(
        /^shelf_passed: version 1 is published and changed:\n {2}- the field mood is gone\n.*version 2 with an upcaster/s,
      ),
    ]);
    expect(toWrite.contracts.size).toBe(0);
  });

  it('is welcome as a new version, beside which the frozen event of the old one stays', () => {
    const next = defineEvent({ ...spec, version: 2, fields: { shelf_id: spec.fields.shelf_id } });
    const { broken, toWrite } = reviewFrozen([next], written(contract));
    expect(broken).toEqual([]);
    expect([...toWrite.contracts.keys(), ...toWrite.events.keys()]).toEqual(['shelf_passed.v2.json', 'shelf_passed.v2.json']);
    expect(reviewFrozen([next], { ...written(contract), events: new Map() }).broken).toEqual([
      expect.stringContaining('shelf_passed.v1.json'),
    ]);
  });

  it('cannot be that it goes away, or back', () => {
    expect(reviewFrozen([], written(contract)).broken).toEqual([expect.stringContaining('no longer declared')]);
    const next = defineEvent({ ...spec, version: 2 });
    expect(reviewFrozen([contract], { ...written(contract), contracts: written(next).contracts }).broken).toEqual([
      expect.stringContaining('version 2 is published, the contract says 1'),
    ]);
  });
});
