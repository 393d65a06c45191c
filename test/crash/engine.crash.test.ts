import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { BEFORE_FIRST } from '../../contracts/events/event.js';
import { openEmbeddedEventStore } from '../../stores/event-store/embedded/open-embedded-event-store.js';
import { endEngineChildren, startEngineChild, type EngineChild, type KillPoint } from '../support/engine-child.js';
import { createEventDriver, type EventDriver } from '../support/event-driver.js';
import { expectAcknowledgedOnce, expectOneOwnerEach } from '../support/log-accounts.js';
import { collect } from '../support/new-events.js';
import { seeded } from '../support/seeded.js';

/** How many operations of a kind a process may do at most before it dies of it. */
const points: readonly (readonly [KillPoint, number])[] = [
  ['claim', 25],
  ['key', 40],
  ['append', 90],
  ['documents', 12],
  ['checkpoint', 2],
];
const ROUNDS = 6;

afterEach(endEngineChildren);

async function ask<Answer>(engine: EngineChild, method: 'GET' | 'POST', path: string): Promise<Answer> {
  const response = await fetch(`${engine.url}${path}`, { method, headers: { authorization: `Bearer ${engine.token}` } });
  const text = await response.text();
  expect([path, response.status, text.slice(0, 500)]).toEqual([path, 200, text.slice(0, 500)]);
  return JSON.parse(text) as Answer; // as the route's schema has it
}

async function expectReadModelsToAddUp(engine: EngineChild, driver: EventDriver, position: string): Promise<void> {
  const { data: projections } = await ask<{ data: { name: string }[] }>(engine, 'GET', '/v1/projections');
  for (const { name } of projections) {
    const found = await ask<object>(engine, 'POST', `/v1/projections/${name}/verify`);
    expect({ name, ...found }).toMatchObject({ name, equal: true, differing: [] });
  }
  const path = `/v1/ingest/statistics?min_position=${position}`;
  const { data } = await ask<{ data: { type: string; total: number }[] }>(engine, 'GET', path);
  const counted = Object.fromEntries(data.map(({ type, total }) => [type, total]));
  const sent: Record<string, number> = {};
  for (const { event } of driver.acknowledged.values()) sent[event.type] = (sent[event.type] ?? 0) + 1;
  expect(counted).toEqual(sent);
}

it('loses nothing that it acknowledged and does nothing twice, whatever it was doing when it was killed', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'cebe-crash-'));
  const random = seeded(20_261_122);
  const driver = createEventDriver(random);
  const deaths: Partial<Record<KillPoint, number>> = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [point, most] of points) {
      const engine = await startEngineChild({ dataDir, kill: { point, count: 1 + Math.floor(random() * most) } });
      if (engine !== null) {
        await driver.push(engine);
        expect(await engine.ended).toBe('SIGKILL');
      }
      deaths[point] = (deaths[point] ?? 0) + 1;
    }
  }
  expect(deaths).toEqual(Object.fromEntries(points.map(([point]) => [point, ROUNDS])));

  const engine = await startEngineChild({ dataDir });
  if (engine === null) throw new Error('expected an engine that nobody kills to start');
  await expectReadModelsToAddUp(engine, driver, await driver.settle(engine));
  await engine.stop();

  const { store } = await openEmbeddedEventStore({ file: join(dataDir, 'log.sqlite') });
  const log = await collect(store.readAll({ after: BEFORE_FIRST }));
  await store.close();
  expectAcknowledgedOnce(log, driver.acknowledged);
  expectOneOwnerEach(log, driver.acknowledged);
  await rm(dataDir, { recursive: true });
}, 180_000);
