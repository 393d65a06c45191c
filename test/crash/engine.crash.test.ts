import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { BEFORE_FIRST } from '../../contracts/events/event.js';
import { openEmbeddedEventStore } from '../../stores/event-store/embedded/open-embedded-event-store.js';
import { expectMailedOnce, launchCampaign, runCompleted, type CrashRun } from '../support/crash-campaign.js';
import { defineSegments, expectMembers, membersOf } from '../support/crash-segments.js';
import { endEngineChildren, startEngineChild, type EngineChild, type KillPoint } from '../support/engine-child.js';
import { createEventDriver, type EventDriver } from '../support/event-driver.js';
import { expectAcknowledgedOnce, expectOneOwnerEach, expectReadModelsToAddUp } from '../support/log-accounts.js';
import { collect } from '../support/new-events.js';
import { seeded } from '../support/seeded.js';

type Points = readonly (readonly [point: KillPoint, most: number])[];

/** How many operations of a kind a process may do at most before it dies of it. */
const ingestPoints: Points = [
  ['claim', 25],
  ['key', 40],
  ['append', 90],
  ['emission', 20],
  ['documents', 12],
  ['checkpoint', 2],
];
const sendingPoints: Points = [
  ['reserve', 40],
  ['accept', 40],
  ['record', 40],
];
const INGEST_ROUNDS = 3;
const SENDING_ROUNDS = 3;
const RECIPIENTS = 700;

afterEach(endEngineChildren);

interface Folder {
  readonly dataDir: string;
  readonly driver: EventDriver;
  readonly random: () => number;
}

async function start(dataDir: string): Promise<EngineChild> {
  const engine = await startEngineChild({ dataDir });
  if (engine === null) throw new Error('expected an engine that nobody kills to start');
  return engine;
}

/** Pushes events into engines that die, each at its point. */
async function killAt(points: Points, { dataDir, driver, random }: Folder, run?: CrashRun): Promise<number> {
  for (const [point, most] of points) {
    const engine = await startEngineChild({ dataDir, kill: { point, count: 1 + Math.floor(random() * most) } });
    if (engine === null) continue;
    const outlived =
      run === undefined ? new Promise<never>(() => undefined) : runCompleted(engine, run).catch(() => engine.ended);
    const dead = Promise.all([driver.push(engine), engine.ended]).then(([, signal]) => signal);
    expect([point, await Promise.race([dead, outlived])]).toEqual([point, 'SIGKILL']);
    await dead;
  }
  return points.length;
}

it('loses nothing that it acknowledged and does nothing twice, whatever it was doing when it was killed', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'cebe-crash-'));
  const random = seeded(20_261_122);
  const driver = createEventDriver(random);
  const folder = { dataDir, driver, random };
  let kills = 0;

  const first = await start(dataDir);
  const ids = await defineSegments(first);
  await first.stop();
  for (let round = 0; round < INGEST_ROUNDS; round += 1) kills += await killAt(ingestPoints, folder);

  const second = await start(dataDir);
  await driver.seed(second, RECIPIENTS);
  const run = await launchCampaign(second, ids.bought);
  await second.stop();
  for (let round = 0; round < SENDING_ROUNDS; round += 1) kills += await killAt(sendingPoints, folder, run);
  expect(kills).toBeGreaterThanOrEqual(25);

  const last = await start(dataDir);
  const position = await driver.settle(last);
  await expectMailedOnce(last, run, dataDir);
  const members = await membersOf(last, ids, position);
  await expectReadModelsToAddUp(last, driver.acknowledged, { position });
  await last.stop();

  const { store } = await openEmbeddedEventStore({ file: join(dataDir, 'log.sqlite') });
  const log = await collect(store.readAll({ after: BEFORE_FIRST }));
  await store.close();
  expectAcknowledgedOnce(log, driver.acknowledged);
  expectOneOwnerEach(log, driver.acknowledged);
  expectMembers(members, log, { acknowledged: driver.acknowledged, ids });
  await rm(dataDir, { recursive: true });
}, 600_000);
