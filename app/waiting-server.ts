import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { problemOf } from '../api/problems/problem.js';
import { traceIdOf } from '../api/trace.js';
import { EngineError } from '../contracts/errors.js';
import type { StoreWatch } from '../stores/store-watch.js';
import type { Config } from './config.js';
import { listenOn } from './listen.js';
import { storesCheck } from './readiness.js';

const RETRY_AFTER_S = '2';

/** What answers until the engine does. */
export interface WaitingServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Answers in the engine's place while its stores are away: alive but not ready, and everything else is to be sent again, ingest with 429, since its
 * clients drop what is answered with 503. Errors: `port_in_use`.
 */
export async function startWaitingServer(
  place: Pick<Config, 'host' | 'port'>,
  watches: readonly StoreWatch[],
): Promise<WaitingServer> {
  const server = createServer((request, response) => {
    request.resume();
    answer(request, response, watches);
  });
  const port = await listenOn(server, place);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function answer(request: IncomingMessage, response: ServerResponse, watches: readonly StoreWatch[]): void {
  const [path = ''] = (request.url ?? '').split('?');
  if (path === '/livez') {
    send(response, 200, { status: 'alive' });
    return;
  }
  if (path === '/readyz') {
    send(response, 503, { status: 'not_ready', checks: [storesCheck(watches)] });
    return;
  }
  const status = request.method === 'POST' && path === '/v1/events' ? 429 : 503;
  const error = new EngineError('store_unavailable', 'Expected the stores to answer; the engine starts when they do.');
  const place = { instance: path, traceId: traceIdOf(request) };
  response.setHeader('Retry-After', RETRY_AFTER_S);
  send(response, status, problemOf(error, place, status), 'application/problem+json');
}

function send(response: ServerResponse, status: number, body: object, type = 'application/json'): void {
  response.writeHead(status, { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff', Connection: 'close' });
  response.end(JSON.stringify(body));
}
