import type { FastifyRequest } from 'fastify';
import { EngineError } from '../../contracts/errors.js';
import type { Credentials, Principal } from '../credentials.port.js';
import type { Api } from '../route-config.js';

/** Lets a request through to its route only with a credential that holds the scope of the route's `config.access`. */
export function authenticate(api: Api, credentials: Credentials): void {
  api.addHook('onRequest', (request, _reply, done) => {
    const { access, sdkCredentials } = request.routeOptions.config;
    if (access === 'public') done();
    else {
      const secret = secretInHeaders(request);
      // Event SDKs may put the key into the body, which is not read yet.
      if (secret === null && sdkCredentials === true) done();
      else admit(request, { secret, credentials, done });
    }
  });
  api.addHook('preValidation', (request, _reply, done) => {
    const { access } = request.routeOptions.config;
    if (access === 'public' || request.principal !== null) done();
    else admit(request, { secret: secretInBody(request.body), credentials, done });
  });
}

/** The principal of a request on a route that is not public. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw new EngineError('unauthenticated', 'Expected a credential; the request carries none.');
  return request.principal;
}

interface Admission {
  readonly secret: string | null;
  readonly credentials: Credentials;
  readonly done: (error?: Error) => void;
}

/** Calls back at once when the credential is known at once: a promise a request costs more than looking a key up. */
function admit(request: FastifyRequest, { secret, credentials, done }: Admission): void {
  if (secret === null) {
    done(new EngineError('unauthenticated', 'Expected `Authorization: Bearer cebe_…`; the request carries no credential.'));
    return;
  }
  const found = credentials.verify(secret);
  if (found !== null && 'then' in found) {
    found.then((principal) => done(refusal(request, principal)), done);
    return;
  }
  done(refusal(request, found));
}

function refusal(request: FastifyRequest, principal: Principal | null): EngineError | undefined {
  if (principal === null) return new EngineError('unauthenticated', 'The key is unknown, expired or revoked.');
  const scope = request.routeOptions.config.access;
  if (scope === undefined || !principal.scopes.has(scope)) {
    const needed = scope ?? '(none named)';
    return new EngineError('forbidden', `This call needs the scope ${needed}, which key ${principal.key_id} does not have.`);
  }
  if (principal.isTakenFrom?.(request.ip) === false)
    return new EngineError('address_not_allowed', `Key ${principal.key_id} is not taken from the IP address of this request.`);
  request.principal = principal;
  return undefined;
}

function secretInHeaders(request: FastifyRequest): string | null {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    const writeKey = request.headers['x-write-key'];
    return request.routeOptions.config.sdkCredentials === true && typeof writeKey === 'string' ? presence(writeKey) : null;
  }
  const [scheme = '', value = ''] = authorization.trim().split(/\s+/, 2);
  if (scheme.toLowerCase() === 'bearer') return presence(value);
  if (scheme.toLowerCase() !== 'basic') return null;
  const [user = '', password = ''] = Buffer.from(value, 'base64').toString('utf8').split(':', 2);
  return presence(user) ?? presence(password);
}

function secretInBody(body: unknown): string | null {
  if (typeof body !== 'object' || body === null) return null;
  if ('writeKey' in body && typeof body.writeKey === 'string') return presence(body.writeKey);
  if ('api_key' in body && typeof body.api_key === 'string') return presence(body.api_key);
  return null;
}

function presence(value: string): string | null {
  return value === '' ? null : value;
}
