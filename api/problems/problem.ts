import { z } from 'zod';
import { errorCatalogue } from '../../contracts/error-catalogue.js';
import { EngineError, isEngineError } from '../../contracts/errors.js';
import { statusOf } from './status-of.js';

/** RFC 9457, with the engine's `code`, the request's `trace_id` and the places in the input that were wrong. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    trace_id: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
  })
  .meta({ id: 'Problem', description: 'Why a request was not carried out (RFC 9457).' });

export type Problem = z.infer<typeof problemSchema>;

/** Where a problem happened. */
export interface ProblemPlace {
  /** The path of the request, without its query. */
  readonly instance: string;
  readonly traceId: string;
  /** The status that stands for every failure that may pass, where a route wants one. */
  readonly unavailableAs?: number;
}

/** The problem document of an engine error. */
export function problemOf(error: EngineError, place: ProblemPlace, frameworkStatus?: number): Problem {
  const status = frameworkStatus ?? statusOf(error);
  const passing = error.retryable && status >= 500;
  return {
    type: `urn:cebe:error:${error.code}`,
    title: errorCatalogue[error.code].title,
    status: passing && place.unavailableAs !== undefined ? place.unavailableAs : status,
    detail: error.message,
    instance: place.instance,
    code: error.code,
    trace_id: place.traceId,
    errors: error.places.map(({ pointer, detail }) => ({ pointer, detail })),
  };
}

/** Any thrown value as an engine error; what is not one of ours says nothing about the inside. */
export function asEngineError(thrown: unknown): { readonly error: EngineError; readonly status?: number } {
  if (isEngineError(thrown)) return { error: thrown };
  const { code, statusCode, message } = fieldsOf(thrown);
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return { error: new EngineError('body_too_large', 'The body is larger than this call takes.', { cause: thrown }) };
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return {
      error: new EngineError('media_type_unsupported', 'The Content-Type cannot be read as a media type.', { cause: thrown }),
    };
  }
  if (code.startsWith('FST_ERR_') && statusCode >= 400 && statusCode < 500) {
    return { error: new EngineError('invalid_input', message, { cause: thrown }), status: statusCode };
  }
  return { error: new EngineError('internal', 'The engine failed in a way it did not expect.', { cause: thrown }) };
}

function fieldsOf(thrown: unknown): { readonly code: string; readonly statusCode: number; readonly message: string } {
  if (typeof thrown !== 'object' || thrown === null) return { code: '', statusCode: 0, message: '' };
  return {
    code: 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '',
    statusCode: 'statusCode' in thrown && typeof thrown.statusCode === 'number' ? thrown.statusCode : 0,
    message: 'message' in thrown && typeof thrown.message === 'string' ? thrown.message : '',
  };
}
