import type { FastifyReply, FastifyRequest } from 'fastify';
import { EngineError } from '../../contracts/errors.js';
import type { Api } from '../route-config.js';
import { pathOf } from '../request-path.js';
import { asEngineError, problemOf } from './problem.js';

/** Every failure leaves as a problem document; a failure of the engine itself is logged with its cause. */
export function answerWithProblems(api: Api): void {
  api.setErrorHandler((thrown, request, reply) => sendProblem(thrown, request, reply));
  api.setNotFoundHandler((request, reply) => {
    const detail = `There is no ${request.method} ${pathOf(request.url)}; GET /openapi.json lists what there is.`;
    return sendProblem(new EngineError('route_unknown', detail), request, reply);
  });
}

/** Answers with the problem document of whatever was thrown. */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { error, status } = asEngineError(thrown);
  const { unavailableAs } = request.routeOptions.config;
  const place = { instance: pathOf(request.url), traceId: request.id };
  const problem = problemOf(error, unavailableAs === undefined ? place : { ...place, unavailableAs }, status);
  // A reader who did not want to wait longer is no failure.
  if (problem.status >= 500 && error.code !== 'projection_behind') logFailure(error, request);
  if (problem.status === 401) reply.header('www-authenticate', challengesFor(request));
  if (problem.status === 429 || problem.status === 503 || problem.status === 504) {
    reply.header('retry-after', String(retryAfterSeconds(error)));
  }
  // As text, so that no response schema of the route is applied to it.
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** A header each, Basic first: Chromium reads the first scheme of the first header. A script of a page is to handle its refusal itself, without the browser asking for a password. */
function challengesFor({ headers }: FastifyRequest): string[] {
  const mode = headers['sec-fetch-mode'];
  const bearer = 'Bearer realm="cebe"';
  return mode === undefined || mode === 'navigate' ? ['Basic realm="cebe", charset="UTF-8"', bearer] : [bearer];
}

function retryAfterSeconds(error: EngineError): number {
  const told = error.details.retry_after_s;
  return typeof told === 'number' && told > 0 ? Math.ceil(told) : 1;
}

function logFailure(error: EngineError, request: FastifyRequest): void {
  const cause = error.cause instanceof Error ? error.cause : error;
  // A parser's message may quote its input, which may be personal.
  const message = cause.name === 'SyntaxError' ? undefined : cause.message;
  const stack = cause.stack
    ?.split('\n')
    .filter((line) => line.startsWith('    at '))
    .join('\n');
  request.log.error({ code: error.code, error_name: cause.name, message, stack }, 'http.failed');
}
