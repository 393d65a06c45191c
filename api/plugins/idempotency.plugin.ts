import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EngineError } from '../../contracts/errors.js';
import type { Claim, IdempotencyRecords } from '../../runtime/idempotency-records.js';
import { pathOf } from '../request-path.js';
import type { Api } from '../route-config.js';

type OwnClaim = Extract<Claim, { kind: 'mine' }>;

/** Writes with an Idempotency-Key take effect once: a repeat gets the first answer (with `idempotency-replayed: true`) for 24 hours. */
export function honourIdempotencyKeys(api: Api, records: IdempotencyRecords): void {
  const claims = new WeakMap<FastifyRequest, OwnClaim>();

  // With callbacks, so that requests without a key, which are most, cost no promise.
  api.addHook('preHandler', (request, reply, done) => {
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string' || !applies(request)) done();
    else {
      claimFor(request, key)
        .then((claim) => {
          if (claim.kind !== 'mine') answer(claim, reply);
          else {
            claims.set(request, claim);
            done();
          }
        })
        .catch(done);
    }
  });

  api.addHook('onSend', (request, reply, payload, done) => {
    const claim = claims.get(request);
    if (claim === undefined) done(null, payload);
    else {
      claims.delete(request);
      settle(claim, reply, payload).then(() => done(null, payload), done);
    }
  });

  async function claimFor(request: FastifyRequest, key: string): Promise<Claim> {
    return records.claim(recordId(request, checked(key)), fingerprintOf(request));
  }
}

function applies(request: FastifyRequest): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  return request.principal !== null && request.routeOptions.config.idempotency !== 'off';
}

function checked(key: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new EngineError('invalid_input', 'Expected an Idempotency-Key of 1 to 255 printable ASCII characters.', {
    places: [{ pointer: '/idempotency-key', detail: 'header: expected 1 to 255 printable ASCII characters' }],
  });
}

/** Keys of different credentials do not meet. */
function recordId(request: FastifyRequest, key: string): string {
  const workspace = request.principal?.workspace ?? '';
  const owner = request.principal?.key_id ?? '';
  return `${workspace}/${createHash('sha256').update(`${owner}\0${key}`).digest('hex')}`;
}

function fingerprintOf(request: FastifyRequest): string {
  const body = request.body === undefined ? '' : JSON.stringify(request.body);
  const query = JSON.stringify(request.query);
  return createHash('sha256')
    .update(`${request.method} ${pathOf(request.url)}\0${query}\0${body}`)
    .digest('hex');
}

function answer(claim: Exclude<Claim, OwnClaim>, reply: FastifyReply): FastifyReply {
  switch (claim.kind) {
    case 'answered':
      return reply
        .code(claim.answer.status)
        .type(claim.answer.type)
        .header('idempotency-replayed', 'true')
        .send(claim.answer.body);
    case 'in_flight':
      throw new EngineError(
        'idempotency_in_flight',
        'A request with this Idempotency-Key has not been answered yet; ask again shortly.',
      );
    case 'other_request':
      throw new EngineError(
        'idempotency_key_reused',
        'Expected the request that this Idempotency-Key was first used with; found another one.',
      );
  }
}

/** What may end differently next time is not kept. */
async function settle(claim: OwnClaim, reply: FastifyReply, payload: unknown): Promise<void> {
  const status = reply.statusCode;
  const type = String(reply.getHeader('content-type') ?? 'application/json');
  const final = status < 500 && status !== 429 && status !== 409 && status !== 412;
  if (final && (typeof payload === 'string' || payload === undefined || payload === null)) {
    await claim.finish({ status, type, body: payload ?? '' });
  } else await claim.forget();
}
