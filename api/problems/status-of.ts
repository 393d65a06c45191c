import type { ErrorCode, ErrorFamily } from '../../contracts/error-catalogue.js';

/** The one place where errors become HTTP statuses. */
const statusByFamily: Readonly<Record<ErrorFamily, number>> = {
  invalid_input: 400,
  not_found: 404,
  refused: 409,
  conflict: 409,
  unavailable: 503,
  timeout: 504,
  corrupt_event: 500,
  projection_behind: 503,
  outcome_unknown: 503,
};

/** Codes for which HTTP has a more exact word than their family's. */
const statusByCode: Readonly<Partial<Record<ErrorCode, number>>> = {
  address_not_allowed: 403,
  body_too_large: 413,
  field_not_segmentable: 422,
  forbidden: 403,
  idempotency_key_reused: 422,
  internal: 500,
  media_type_unsupported: 415,
  revision_stale: 412,
  template_invalid: 422,
  template_render_failed: 422,
  template_timeout: 422,
  unauthenticated: 401,
  webhook_refused: 406,
};

/** The HTTP status that answers an error. */
export function statusOf(error: { readonly code: ErrorCode; readonly family: ErrorFamily }): number {
  return statusByCode[error.code] ?? statusByFamily[error.family];
}
