import type { FastifyRequest } from 'fastify';
import type { RecordReveal } from '../commands/privacy/record-reveal.js';
import { EngineError } from '../contracts/errors.js';
import type { Clock } from '../runtime/clock.js';
import { commandContextOf } from './command-context.js';
import { principalOf } from './plugins/authentication.plugin.js';

/** The header that says why personal values are asked for. */
const REASON_HEADER = 'reveal-reason';
const LONGEST = 1_000;

/** Lets personal values out only after it is recorded who sees whose. */
export interface Reveals {
  /** Records what is about to be shown where a reason is given and personal values are shown at all. Errors: as below. */
  note(request: FastifyRequest, what: string, customers: readonly string[]): Promise<void>;
  /** Records what is about to be shown, with a reason, which must be there. Errors: `invalid_input`, those of the stores. */
  record(request: FastifyRequest, what: string, customers: readonly string[]): Promise<void>;
}

/** Reveals of one API. */
export function createReveals({ recordReveal, clock }: { readonly recordReveal: RecordReveal; readonly clock: Clock }): Reveals {
  return {
    async note(request, what, customers) {
      const reason = reasonOf(request);
      if (reason === undefined || customers.length === 0 || !principalOf(request).scopes.has('pii:read')) return;
      await recordReveal({ what, customers, reason }, commandContextOf(request, clock));
    },
    async record(request, what, customers) {
      const reason = reasonOf(request);
      if (reason === undefined) throw refused('expected why personal values are asked for, found nothing');
      await recordReveal({ what, customers, reason }, commandContextOf(request, clock));
    },
  };
}

function reasonOf({ headers }: FastifyRequest): string | undefined {
  const given = headers[REASON_HEADER];
  if (typeof given !== 'string' || given.trim() === '') return undefined;
  if (given.length > LONGEST) throw refused(`expected at most ${String(LONGEST)} characters`);
  try {
    return decodeURIComponent(given);
  } catch {
    return given;
  }
}

function refused(found: string): EngineError {
  const detail = `header: ${found}`;
  return new EngineError('invalid_input', `/${REASON_HEADER}: ${detail}`, { places: [{ pointer: `/${REASON_HEADER}`, detail }] });
}
