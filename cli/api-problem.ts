import type { ErrorPlace } from '../contracts/errors.js';

export interface ProblemFields {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly places: readonly ErrorPlace[];
  /** Of the header Retry-After. */
  readonly retryAfterS?: number;
}

/** An answer of the engine that says why it did not do what was asked; its code may be newer than this program's catalogue. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly places: readonly ErrorPlace[];
  readonly retryAfterS: number | undefined;

  constructor(fields: ProblemFields) {
    super(fields.detail);
    this.name = 'ApiProblem';
    this.status = fields.status;
    this.code = fields.code;
    this.places = fields.places;
    this.retryAfterS = fields.retryAfterS;
  }
}

/** True for an ApiProblem. */
export function isApiProblem(error: unknown): error is ApiProblem {
  return error instanceof ApiProblem;
}
