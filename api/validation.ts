import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { EngineError, type ErrorPlace } from '../contracts/errors.js';

const partNames: Readonly<Record<string, string>> = { querystring: 'query parameter', params: 'path', headers: 'header' };

/** Checks one part of a request with its zod schema; what is wrong is named with RFC 6901 pointers. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const part = partNames[httpPart ?? ''];
  return (data) => {
    const result = schema.safeParse(data);
    if (result.success) return { value: result.data };
    const places = placesOf(result.error.issues, part);
    return { error: new EngineError('invalid_input', summaryOf(places), { places }) };
  };
};

/** Where a value broke its schema, one place for each unknown key. */
export function placesOf(issues: readonly z.core.$ZodIssue[], part?: string): readonly ErrorPlace[] {
  return issues.flatMap((issue) => {
    const prefix = part === undefined ? '' : `${part}: `;
    if (issue.code !== 'unrecognized_keys') return [{ pointer: pointerOf(issue.path), detail: `${prefix}${issue.message}` }];
    return issue.keys.map((key) => ({ pointer: pointerOf([...issue.path, key]), detail: `${prefix}not known here` }));
  });
}

function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function summaryOf(places: readonly ErrorPlace[]): string {
  const [first] = places;
  if (first === undefined) return 'The request is not valid.';
  const others = places.length === 1 ? '' : ` (and ${places.length - 1} more)`;
  return `${first.pointer === '' ? 'The body' : first.pointer}: ${first.detail}${others}`;
}
