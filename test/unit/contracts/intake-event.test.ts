import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseIntakeEvent } from '../../../contracts/intake-event.js';
import { looksPersonal } from '../../../domain/identity/personal-values.js';

const options = { looksPersonal };
const entry = { type: 'order_created', message_id: 'o-9', customer: { qontak_customer_id: '70012' }, properties: {} };

describe('the envelope of a pushed event', () => {
  it('reads everything an event may say', () => {
    const properties = { order_id: '9' };
    const event = {
      ...entry,
      occurred_at: '2026-11-22T10:00:00+07:00',
      customer: { qontak_customer_id: '70012', identifiers: { email: 'Ada@mail.example', external_id: 'crm:7' } },
      properties,
      context: { ip: '10.0.0.1', locale: null },
      schema_version: 2,
    };
    expect(parseIntakeEvent(event, options)).toEqual({
      ok: true,
      event: {
        type: 'order_created',
        messageId: 'o-9',
        occurredAt: '2026-11-22T03:00:00.000Z',
        customerId: '70012',
        identifiers: { email: 'Ada@mail.example', external_id: 'crm:7' },
        properties,
        context: { ip: '10.0.0.1' },
        schemaVersion: 2,
      },
    });
  });

  it('takes absent and null fields as not said', () => {
    const wanted = { ok: true, event: { type: 'a', messageId: 'm', identifiers: {}, properties: {}, context: {} } };
    expect(parseIntakeEvent({ type: 'a', message_id: 'm' }, options)).toEqual(wanted);
    const nulls = {
      occurred_at: null,
      customer: { qontak_customer_id: null, identifiers: { email: null } },
      properties: null,
      context: null,
    };
    expect(parseIntakeEvent({ type: 'a', message_id: 'm', ...nulls }, options)).toEqual(wanted);
  });

  it.each<[string, unknown, string, string]>([
    ['text', 'x', 'event_invalid', ''],
    ['null', null, 'event_invalid', ''],
    ['a list', [entry], 'event_invalid', ''],
    ['no type', { ...entry, type: undefined }, 'type_missing', '/type'],
    ['an empty type', { ...entry, type: '' }, 'type_missing', '/type'],
    ['no message id', { ...entry, message_id: undefined }, 'message_id_missing', '/message_id'],
    ['an empty message id', { ...entry, message_id: '' }, 'message_id_missing', '/message_id'],
    ['a message id that is a number', { ...entry, message_id: 7 }, 'message_id_missing', '/message_id'],
    ['129 characters of message id', { ...entry, message_id: 'x'.repeat(129) }, 'message_id_too_long', '/message_id'],
    ['half a character', { ...entry, message_id: 'a\ud800' }, 'message_id_invalid', '/message_id'],
    ['a time without offset', { ...entry, occurred_at: '2026-11-22T10:00:00' }, 'occurred_at_invalid', '/occurred_at'],
    ['a day that does not exist', { ...entry, occurred_at: '2026-02-30T10:00:00Z' }, 'occurred_at_invalid', '/occurred_at'],
    ['a time before the year 0', { ...entry, occurred_at: '0000-01-01T00:00:00+10:00' }, 'occurred_at_invalid', '/occurred_at'],
    ['a customer that is text', { ...entry, customer: '70012' }, 'customer_id_invalid', '/customer'],
    [
      'a customer id with a dot',
      { ...entry, customer: { qontak_customer_id: 'a.b' } },
      'customer_id_invalid',
      '/customer/qontak_customer_id',
    ],
    [
      'an identifier that is a number',
      { ...entry, customer: { identifiers: { phone: 62812 } } },
      'identifier_invalid',
      '/customer/identifiers/phone',
    ],
    [
      'an unknown kind of identifier',
      { ...entry, customer: { identifiers: { ssn: '1' } } },
      'event_field_unknown',
      '/customer/identifiers/ssn',
    ],
    ['an unknown field', { ...entry, ocurred_at: 'x' }, 'event_field_unknown', '/ocurred_at'],
    ['an unknown field with a personal name', { ...entry, 'ada@mail.example': 'x' }, 'event_field_unknown', ''],
    ['properties that are a list', { ...entry, properties: [] }, 'properties_invalid', '/properties'],
    ['context that is text', { ...entry, context: 'x' }, 'context_invalid', '/context'],
    ['context with a null in a list', { ...entry, context: { a: [null] } }, 'context_invalid', '/context/a/0'],
    ['a version that is text', { ...entry, schema_version: '1' }, 'schema_version_unknown', '/schema_version'],
  ])('refuses %s', (_what, value, code, pointer) => {
    expect(parseIntakeEvent(value, options)).toMatchObject({ ok: false, code, pointer });
  });

  it('takes 128 characters of message id', () => {
    expect(parseIntakeEvent({ ...entry, message_id: 'x'.repeat(128) }, options)).toMatchObject({ ok: true });
  });

  it('hands properties on as they came, also with a key __proto__', () => {
    const properties: unknown = JSON.parse('{"__proto__": 1}');
    expect(parseIntakeEvent({ ...entry, properties }, options)).toMatchObject({ ok: true, event: { properties } });
  });

  it('answers anything', () => {
    fc.assert(fc.property(fc.anything(), (value) => typeof parseIntakeEvent(value, options).ok === 'boolean'));
  });
});
