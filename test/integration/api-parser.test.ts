import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openApiUnderTest, type ApiUnderTest } from '../support/api.js';

describe('what is no request', () => {
  let open: ApiUnderTest;
  beforeAll(async () => {
    open = await openApiUnderTest();
    await open.api.listen({ host: '127.0.0.1', port: 0 });
  });
  afterAll(() => open.api.close());

  const send = async (written: string): Promise<string> => {
    const { port } = open.api.server.address() as AddressInfo; // a TCP server that listens has an AddressInfo
    const socket = connect(port, '127.0.0.1');
    socket.write(written);
    return text(socket);
  };

  it.each([
    ['headers that are too large', `GET /livez HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
    ['a text', 'hello\r\n\r\n', 400],
    ['a length that is no number', 'POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n', 400],
    ['a request that names no host', 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['an expectation that nobody knows', 'GET /livez HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nConnection: close\r\n\r\n', 417],
  ])('is answered with a problem document: %s', async (_, written, status) => {
    const answer = await send(written);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${String(status)} `));
    expect(head).toMatch(/^content-type: application\/problem\+json/im);
    expect(JSON.parse(body)).toMatchObject({ status, code: 'invalid_input', trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
  });
});
