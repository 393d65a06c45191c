import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ApiRoutes } from '../../api/route-config.js';
import { openApiUnderTest, TEST_KEY, type ApiUnderTest } from '../support/api.js';

/** A route that answers when it is told to. */
function slowRoutes(): { readonly routes: ApiRoutes; readonly arrived: () => number; answer(): void } {
  const waiting: (() => void)[] = [];
  return {
    routes: (api) => {
      api.post(
        '/v1/slow',
        { config: { access: 'ingest:write', loose: true, unavailableAs: 429, door: true }, bodyLimit: 512_000 },
        async () => {
          await new Promise<void>((resolve) => waiting.push(resolve));
          return {};
        },
      );
    },
    arrived: () => waiting.length,
    answer: () => {
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}

const headers = { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' };
const batch = (events: number): string =>
  JSON.stringify({ events: Array(events).fill({ type: 'order_created', note: 'x'.repeat(170) }) });

describe('the door of ingest', () => {
  let open: ApiUnderTest | undefined;
  afterEach(async () => {
    await open?.api.close();
  });

  it('refuses what is more than 10,000 events in flight with 429 and Retry-After, and takes more when they are answered', async () => {
    const slow = slowRoutes();
    open = await openApiUnderTest({ routes: [slow.routes] });
    const { api } = open;
    const send = (payload: string) => api.inject({ method: 'POST', url: '/v1/slow', payload, headers });
    // What is known of sizes is learned from what is read.
    for (let round = 0; round < 100; round += 1) {
      const learning = send(batch(100));
      while (slow.arrived() === 0) await new Promise((resolve) => void setImmediate(resolve));
      slow.answer();
      await learning;
    }
    const taken = Array.from({ length: 5 }, () => send(batch(1_900)));
    while (slow.arrived() < 5) await new Promise((resolve) => void setImmediate(resolve));
    const refused = await send(batch(1_000));
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '1']);
    expect(refused.json()).toMatchObject({ code: 'overloaded' });
    slow.answer();
    expect((await Promise.all(taken)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200]);
    const again = send(batch(1_000));
    while (slow.arrived() === 0) await new Promise((resolve) => void setImmediate(resolve));
    slow.answer();
    expect((await again).statusCode).toBe(200);
  });

  it('forgets requests whose sender went away', async () => {
    const slow = slowRoutes();
    open = await openApiUnderTest({ routes: [slow.routes] });
    const { api } = open;
    await api.listen({ host: '127.0.0.1', port: 0 });
    const { port } = api.server.address() as AddressInfo; // a TCP server that listens has an AddressInfo
    for (let round = 0; round < 30; round += 1) {
      const outgoing = request({ host: '127.0.0.1', port, path: '/v1/slow', method: 'POST', headers });
      const gone = new Promise((resolve) => outgoing.once('close', resolve));
      outgoing.on('error', () => undefined);
      outgoing.end(batch(2_000));
      while (slow.arrived() === 0) await new Promise((resolve) => void setImmediate(resolve));
      outgoing.destroy();
      await gone;
      slow.answer();
    }
    const last = api.inject({ method: 'POST', url: '/v1/slow', payload: batch(2_000), headers });
    while (slow.arrived() === 0) await new Promise((resolve) => void setImmediate(resolve));
    slow.answer();
    expect((await last).statusCode).toBe(200);
  });
});
