import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { ApiRoutes } from '../../api/route-config.js';
import { openApiUnderTest, TEST_KEY } from '../support/api.js';

/** A route whose requests wait until they are let go. */
function waitingRoute() {
  let arrive: () => void = () => undefined;
  let letGo: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const released = new Promise<void>((resolve) => (letGo = resolve));
  const route: ApiRoutes = (api) => {
    api.get('/v1/waits', { config: { access: 'public' } }, async () => {
      arrive();
      await released;
      return { done: true };
    });
    api.post('/v1/takes', { config: { access: 'ingest:write', loose: true } }, () => ({}));
  };
  return { route, arrived, letGo };
}

const stalled: readonly (readonly [string, string])[] = [
  ['half of the headers', 'GET /livez HTTP/1.1\r\nHost: a\r\nX-Ha'],
  [
    'a part of the body',
    `POST /v1/takes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${TEST_KEY}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"a"`,
  ],
  ['a part of the body, without a credential', 'POST /v1/takes HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n{"a"'],
  ['a request that is never answered', 'GET /v1/waits HTTP/1.1\r\nHost: a\r\n\r\n'],
];

describe('closing the API', () => {
  it.each(stalled)('cuts off a caller who stalls after %s', async (_, text) => {
    const { api } = await openApiUnderTest({ routes: [waitingRoute().route], closingGraceMs: 100 });
    await api.listen({ host: '127.0.0.1', port: 0 });
    const { port } = api.server.address() as AddressInfo; // a TCP server that listens has an AddressInfo
    const socket = connect(port, '127.0.0.1')
      .on('error', () => undefined)
      .resume();
    const accepted = once(api.server, 'connection');
    socket.write(text);
    const [taken] = (await accepted) as [Socket]; // what the event hands over
    // Until the server has read what was sent.
    while (taken.bytesRead === 0) await new Promise(setImmediate);
    const ended = once(socket, 'close');
    await api.close();
    await ended;
  });

  it('answers what finishes in time', async () => {
    const { route, arrived, letGo } = waitingRoute();
    const { api } = await openApiUnderTest({ routes: [route] });
    const answer = fetch(`${await api.listen({ host: '127.0.0.1', port: 0 })}/v1/waits`);
    await arrived;
    const closed = api.close();
    letGo();
    expect(await (await answer).json()).toEqual({ done: true });
    await closed;
  });
});
