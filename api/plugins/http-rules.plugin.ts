import type { IncomingMessage, ServerResponse } from 'node:http';
import { EngineError } from '../../contracts/errors.js';
import { problemOf } from '../problems/problem.js';
import { pathOf } from '../request-path.js';
import type { Api } from '../route-config.js';
import { traceIdOf } from '../trace.js';

/** What HTTP itself demands of a request, refused with problem documents; Node left to itself answers with nothing but the status. */
export function holdRequestsToHttp(api: Api): void {
  api.addHook('onRequest', (request, _reply, done) => {
    if (request.headers.host !== undefined || request.raw.httpVersion !== '1.1') done();
    else done(new EngineError('invalid_input', 'Expected a Host header, which HTTP/1.1 demands; the request has none.'));
  });
  api.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const error = new EngineError('invalid_input', 'Expected no Expect header but 100-continue, found another one.');
    const body = JSON.stringify(problemOf(error, { instance: pathOf(request.url ?? ''), traceId: traceIdOf(request) }, 417));
    const headers = {
      'content-type': 'application/problem+json',
      'content-length': Buffer.byteLength(body),
      connection: 'close',
    };
    response.writeHead(417, headers).end(body);
  });
}
