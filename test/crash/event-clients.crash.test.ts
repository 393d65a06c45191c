import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { BEFORE_FIRST } from '../../contracts/events/event.js';
import { openEmbeddedEventStore } from '../../stores/event-store/embedded/open-embedded-event-store.js';
import { endEngineChildren, startEngineChild, type EngineChild, type KillPoint } from '../support/engine-child.js';
import { eventually } from '../support/eventually.js';
import { eventClients, type EventClient } from '../support/event-clients.js';
import { sendHalfRequests } from '../support/half-requests.js';
import { collect } from '../support/new-events.js';

afterEach(endEngineChildren);

/** What the engine has just done, and how often, when it is killed. */
const deaths: readonly (readonly [point: KillPoint, count: number])[] = [
  ['append', 2],
  ['claim', 1],
  ['append', 7],
  ['key', 3],
];
const EACH_ROUND = 12;

/** A port that nobody listens on: the engine comes back where its clients expect it. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // It listens on a port, not on a path.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}

it('takes each event of unmodified clients once, though it is killed again and again and answers 429', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'cebe-clients-'));
  const env = { CEBE_PORT: await freePort() };
  const start = async (kill?: { readonly point: KillPoint; readonly count: number }): Promise<EngineChild> => {
    const engine = await startEngineChild({ dataDir, env, ...(kill === undefined ? {} : { kill }) });
    if (engine === null) throw new Error('expected the engine to live until events come');
    return engine;
  };
  const first = await start();
  const keyOf = async (source: string): Promise<string> => {
    const response = await fetch(`${first.url}/v1/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${first.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: source, source, role: 'module' }),
    });
    return ((await response.json()) as { readonly key: string }).key;
  };
  const targets: { readonly short: string; readonly key: string; readonly client: EventClient }[] = [];
  for (const { short, open } of eventClients) {
    const key = await keyOf(short);
    targets.push({ short, key, client: open({ url: first.url, key }) });
  }
  await first.stop();

  const sent: Promise<void>[] = [];
  const types: string[] = [];
  const push = (round: number): void => {
    for (let number = 0; number < EACH_ROUND; number += 1) {
      for (const { short, client } of targets) {
        const event = `pushed_${short}_${String(round)}_${String(number)}`;
        types.push(event);
        const person = `u${String(round)}${String(number % 4)}`;
        sent.push(client.send({ kind: 'track', userId: person, event }));
      }
    }
  };

  for (const [round, [point, count]] of deaths.entries()) {
    const engine = await start({ point, count });
    push(round);
    expect([point, await engine.ended]).toEqual([point, 'SIGKILL']);
  }
  const last = await start();
  const flood = await sendHalfRequests(last.url, targets[0]?.key ?? '');
  push(deaths.length);
  await eventually('a client to be refused', async () => {
    const metrics = await (await fetch(`${last.url}/metrics`)).text();
    return /route="\/v1\/batch",status="429"\}/.test(metrics) ? true : null;
  });
  flood.end();
  await Promise.all(sent);
  await Promise.all(targets.map(({ client }) => client.close()));
  await last.stop();

  const { store } = await openEmbeddedEventStore({ file: join(dataDir, 'log.sqlite') });
  const log = await collect(store.readAll({ after: BEFORE_FIRST }));
  await store.close();
  const pushed = log.filter(({ type }) => type.startsWith('pushed_')).map(({ type }) => type);
  expect(pushed.sort()).toEqual([...types].sort());
  expect(log.filter(({ type }) => type === 'quarantine.received')).toEqual([]);
  await rm(dataDir, { recursive: true });
});
