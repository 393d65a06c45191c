import type { z } from 'zod';

const names: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  tuple: 'a list',
  null: 'null',
  undefined: 'nothing',
  nan: 'no number',
  bigint: 'a whole number',
  date: 'a date',
};

const formats: Readonly<Record<string, string>> = {
  email: 'an e-mail address',
  url: 'a URL',
  uuid: 'a UUID',
  datetime: 'a time in ISO-8601 with an offset, such as 2026-11-22T09:30:00Z',
  date: 'a date, such as 2026-11-22',
  e164: 'a phone number with + and the country code',
};

/**
 * What zod found, in the words of every other message: what was expected, and what kind of thing stood there. No input value is repeated.
 * undefined leaves the words to zod.
 */
export function wordsOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${nameOf(issue.expected)}, found ${nameOf(kindOf(issue.input))}`;
    case 'invalid_value':
      return `expected ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}; found ${otherThan(issue.input)}`;
    case 'too_big':
      return `expected ${sizeOf(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}, found ${issue.inclusive === false ? 'no less' : 'more'}`;
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'expected a text, found an empty one';
      return `expected ${sizeOf(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}, found ${issue.inclusive === false ? 'no more' : 'less'}`;
    case 'invalid_format': {
      const known = formats[issue.format];
      if (known !== undefined) return `expected ${known}, found another text`;
      return issue.format === 'regex' ? `expected a text that matches ${String(issue.pattern)}, found another` : undefined;
    }
    case 'invalid_union':
      return 'expected one of several forms, found none of them';
    case 'unrecognized_keys':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return undefined;
  }
}

function kindOf(input: unknown): string {
  if (input === null) return 'null';
  if (Array.isArray(input)) return 'array';
  return Number.isNaN(input) ? 'nan' : typeof input;
}

function nameOf(kind: string): string {
  return names[kind] ?? kind;
}

function otherThan(input: unknown): string {
  if (input === undefined) return 'nothing';
  return typeof input === 'string' ? 'another text' : nameOf(kindOf(input));
}

function sizeOf(origin: string, how: string, limit: number | bigint): string {
  if (origin === 'string') return `a text of ${how} ${String(limit)} characters`;
  if (origin === 'array' || origin === 'set') return `a list of ${how} ${String(limit)} entries`;
  return `${how} ${String(limit)}`;
}
