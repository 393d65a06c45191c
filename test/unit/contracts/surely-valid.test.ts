import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { listContracts } from '../../../contracts/events/registry.js';
import { intakeEventSchema } from '../../../contracts/ingest.js';
import { isSurelyValid } from '../../../contracts/surely-valid.js';

const contracts = listContracts();
const schemas: readonly z.ZodType[] = [
  intakeEventSchema,
  ...contracts.flatMap(({ schemas: { written, stored, erased, wire } }) => [written, stored, erased, wire]),
];

const odd = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    '',
    0,
    -1,
    1.5,
    NaN,
    Infinity,
    2 ** 53,
    true,
    'USD',
    '2026-02-30T10:00:00Z',
    '2026-02-28T10:00:00+07:00',
  ),
  fc.string(),
  fc.jsonValue(),
  fc.constantFrom(new Date(0), new Map(), [undefined], Object.create(null) as object, { ['__proto__']: 1 }),
);

/** An example with some of its fields replaced, taken away or joined by others. */
function mutated(example: Readonly<Record<string, unknown>>): fc.Arbitrary<Record<string, unknown>> {
  const names = [...Object.keys(example), 'created_at', 'amount', 'extra', 'customer', 'properties', 'context', 'occurred_at'];
  const change = fc.tuple(fc.constantFrom(...names), fc.option(odd, { nil: 'remove' }));
  return fc.array(change, { maxLength: 4 }).map((changes) => {
    const value: Record<string, unknown> = { ...example };
    for (const [name, to] of changes) {
      if (to === 'remove') Reflect.deleteProperty(value, name);
      else value[name] = to;
    }
    return value;
  });
}

describe('what is surely valid', () => {
  it('is taken by its schema as it is', () => {
    const examples = [
      { type: 't', message_id: 'm', customer: { identifiers: { email: 'a' } } },
      ...contracts.map(({ example }) => example),
    ];
    const value = fc.oneof(fc.constantFrom(...examples).chain(mutated), odd);
    fc.assert(
      fc.property(fc.constantFrom(...schemas), value, (schema, candidate) => {
        if (!isSurelyValid(schema, candidate)) return;
        const parsed = schema.safeParse(candidate);
        expect(parsed.success).toBe(true);
        expect(parsed.data).toEqual(candidate);
      }),
      { numRuns: 5_000 },
    );
  });

  it('is every example of what modules push', () => {
    for (const { schemas: forms, example } of contracts.filter(({ intake }) => intake)) {
      expect(isSurelyValid(forms.written, example)).toBe(true);
      expect(isSurelyValid(forms.stored, example)).toBe(true);
      expect(isSurelyValid(forms.erased, example)).toBe(true);
    }
    const order = contracts.find(({ type }) => type === 'order_created');
    const wire = { order_id: '9', amount: 19.9, currency: 'USD', created_at: '2026-11-22T10:00:00+07:00' };
    expect(order !== undefined && isSurelyValid(order.schemas.wire, wire)).toBe(true);
    expect(
      isSurelyValid(intakeEventSchema, {
        type: 'order_created',
        message_id: '1',
        customer: { qontak_customer_id: 'a' },
        properties: {},
      }),
    ).toBe(true);
  });

  it('is nothing that goes through a schema of a kind that is not known', () => {
    expect(isSurelyValid(z.string().transform(Number), '1')).toBe(false);
    expect(
      isSurelyValid(
        z.string().refine(() => true),
        '1',
      ),
    ).toBe(false);
    expect(isSurelyValid(z.coerce.number(), 1)).toBe(false);
    expect(isSurelyValid(z.object({ a: z.string() }), { a: '', b: 1 })).toBe(false);
    expect(isSurelyValid(z.email(), 'a@b.example')).toBe(false);
    expect(isSurelyValid(z.string().trim(), 'a')).toBe(false);
  });
});
