import { describe, expect, it } from '@jest/globals';
import { isEngineError } from '../../../contracts/errors.js';
import { parseStored, upcastData, upcastName, upcastNames, upcastValue } from '../../../contracts/events/registry.js';
import { readEventFixture } from '../../support/event-fixture.js';

const { type, schema_version: version, plain, direct, quasi, expected } = readEventFixture('call_logged.v1.json');

describe('a call of version 1, frozen', () => {
  it('reads as today’s version when everything is opened', () => {
    const whole = { ...expected.plain, ...expected.direct, ...expected.quasi };
    expect(parseStored(type, version, { ...plain, ...direct, ...quasi }, 'complete')).toEqual(whole);
  });

  it('reads as today’s version when the key is destroyed', () => {
    expect(parseStored(type, version, plain, 'erased')).toEqual(expected.plain);
  });

  it('brings sealed fields to their names of today without opening them', () => {
    expect(Object.keys(direct).map((field) => upcastName(type, version, field))).toEqual(Object.keys(expected.direct));
    expect(Object.keys(quasi).map((field) => upcastName(type, version, field))).toEqual(Object.keys(expected.quasi));
    expect(upcastNames(type, version, { note: 'h1', queue: 'h2' })).toEqual({ notes: 'h1', queue: 'h2' });
  });

  it('changes a value when it is opened', () => {
    expect(upcastValue(type, version, ['duration', '02:05'])).toEqual(['duration_sec', 125]);
    expect(upcastValue(type, version, ['note', 'Hello'])).toEqual(['notes', 'Hello']);
  });

  it('leaves a value of another form to the contract, which refuses it', () => {
    const odd = { ...plain, duration: 'long' };
    expect(upcastData(type, version, odd)).toMatchObject({ duration_sec: 'long' });
    expect(() => parseStored(type, version, odd, 'erased')).toThrow(expect.objectContaining({ code: 'event_contract_broken' }));
  });
});

describe('reading stored bodies', () => {
  it('leaves today’s version, unknown types and newer versions as they are', () => {
    expect(parseStored(type, 2, expected.plain, 'erased')).toEqual(expected.plain);
    expect(parseStored('coffee_ordered', 7, { points: 5 }, 'complete')).toEqual({ points: 5 });
    expect(parseStored(type, 3, { ...expected.plain, mood: 'good' }, 'complete')).toEqual({ ...expected.plain, mood: 'good' });
    expect(upcastValue('order_created', 1, ['constructor', 1])).toEqual(['constructor', 1]);
  });

  it('needs sealed fields in complete mode only', () => {
    const entry = { kind: 'ingest', source: 'crm', code: 'contract_violated', detail: 'x', bytes: 1 };
    expect(parseStored('quarantine.received', 1, entry, 'erased')).toEqual(entry);
    expect(() => parseStored('quarantine.received', 1, entry, 'complete')).toThrow('/body');
  });

  it('names the place and not the value', () => {
    const read = (): unknown =>
      parseStored('order_created', 1, { order_id: '9', currency: 'ada@mail.example', amount_minor: 1 }, 'complete');
    expect(read).toThrow(/\/currency.*\/created_at/);
    expect(read).not.toThrow(/ada@/);
    try {
      read();
    } catch (error) {
      expect(isEngineError(error, 'event_contract_broken')).toBe(true);
    }
  });
});
