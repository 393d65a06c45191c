import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { placesOf } from '../../../contracts/zod-places.js';

function detailOf(schema: z.ZodType, input: unknown): string | undefined {
  const { error } = schema.safeParse(input);
  return error === undefined ? undefined : placesOf(error)[0]?.detail;
}

describe('what zod finds, in words', () => {
  it.each<[string, z.ZodType, unknown]>([
    ['expected a string, found nothing', z.object({ a: z.string() }), {}],
    ['expected a string, found a number', z.string(), 9],
    ['expected a whole number, found a number', z.int(), 1.5],
    ['expected a number, found null', z.number(), null],
    ['expected an object, found a list', z.object({}), []],
    ['expected true or false, found a string', z.boolean(), 'yes'],
    ['expected one of live, backfill; found another text', z.enum(['live', 'backfill']), 'secret'],
    ['expected email; found nothing', z.literal('email'), undefined],
    ['expected a text of at most 3 characters, found more', z.string().max(3), 'secret'],
    ['expected a text, found an empty one', z.string().min(1), ''],
    ['expected more than 0, found no more', z.int().positive(), 0],
    ['expected a list of at least 1 entries, found less', z.array(z.int()).min(1), []],
    ['expected an e-mail address, found another text', z.email(), 'secret'],
    ['expected a text that matches /^[a-z]$/, found another', z.string().regex(/^[a-z]$/), 'SECRET'],
    ['expected one of several forms, found none of them', z.union([z.string(), z.int()]), true],
    ['there is no such field', z.strictObject({}), { secret: 1 }],
    ['in its own words', z.string('in its own words'), 1],
  ])('%s', (words, schema, input) => {
    expect(detailOf(schema, input)).toBe(words);
  });
});
