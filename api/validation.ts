import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { EngineError, type ErrorPlace } from '../contracts/errors.js';
import { placesOf } from '../contracts/zod-places.js';

const partNames: Readonly<Record<string, string>> = { querystring: 'query parameter', params: 'path', headers: 'header' };

/** Checks one part of a request with its zod schema; what is wrong is named with RFC 6901 pointers. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const part = partNames[httpPart ?? ''];
  return (data) => {
    // Fastify hands over an absent body as null.
    const result = schema.safeParse(httpPart === 'body' && data === null ? undefined : data);
    if (result.success) return { value: result.data };
    const places = placesOf(result.error).map(({ pointer, detail }) => ({
      pointer,
      detail: part === undefined ? detail : `${part}: ${detail}`,
    }));
    return { error: new EngineError('invalid_input', summaryOf(places), { places }) };
  };
};

function summaryOf(places: readonly ErrorPlace[]): string {
  const [first] = places;
  if (first === undefined) return 'The request is not valid.';
  const others = places.length === 1 ? '' : ` (and ${places.length - 1} more)`;
  return `${first.pointer === '' ? 'The body' : first.pointer}: ${first.detail}${others}`;
}
