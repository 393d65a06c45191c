import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { BEFORE_FIRST, type RecordedEvent } from '../../contracts/events/event.js';
import { openEmbeddedEventStore } from '../../stores/event-store/embedded/open-embedded-event-store.js';
import { expectMailedOnce, launchCampaign, runCompleted, type CrashRun } from '../support/crash-campaign.js';
import { defineSegments, expectMembers, membersOf } from '../support/crash-segments.js';
import type { CebeServers } from '../support/cebe-process.js';
import {
  endEngineChildren,
  startEngineChild,
  type EngineChild,
  type EngineChildOptions,
  type KillPoint,
} from '../support/engine-child.js';
import { createEventDriver, type EventDriver } from '../support/event-driver.js';
import { expectAcknowledgedOnce, expectOneOwnerEach, expectReadModelsToAddUp } from '../support/log-accounts.js';
import { collect } from '../support/new-events.js';
import { seeded } from '../support/seeded.js';
import { startTwoServers } from '../support/two-servers.js';

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
const RECIPIENTS = 700;

/** The stores that the engines share, one after the other. */
interface Place {
  readonly servers?: CebeServers;
  /** Every event that the log holds. */
  read(): Promise<readonly RecordedEvent[]>;
  close(): Promise<void>;
}

/** On servers each engine waits until the lease of the one that was killed has run out: the same, but not as often. */
const places: readonly {
  readonly stores: string;
  readonly rounds: number;
  readonly take: (dataDir: string) => Promise<Place>;
}[] = [
  { stores: 'embedded stores', rounds: 3, take: embedded },
  { stores: 'stand-ins of both servers', rounds: Number(process.env['CEBE_CRASH_ROUNDS'] ?? 1), take: standIns },
];

function embedded(dataDir: string): Promise<Place> {
  return Promise.resolve({
    async read() {
      const { store } = await openEmbeddedEventStore({ file: join(dataDir, 'log.sqlite') });
      const log = await collect(store.readAll({ after: BEFORE_FIRST }));
      await store.close();
      return log;
    },
    close: () => Promise.resolve(),
  });
}

async function standIns(): Promise<Place> {
  const servers = await startTwoServers();
  return { ...servers, servers: servers.env };
}

afterEach(endEngineChildren);

interface Folder extends Pick<EngineChildOptions, 'dataDir' | 'servers'> {
  readonly driver: EventDriver;
  readonly random: () => number;
}

async function start(place: Pick<EngineChildOptions, 'dataDir' | 'servers'>): Promise<EngineChild> {
  const engine = await startEngineChild(place);
  if (engine === null) throw new Error('expected an engine that nobody kills to start');
  return engine;
}

/** Pushes events into engines that die, each at its point. */
async function killAt(points: Points, { driver, random, ...place }: Folder, run?: CrashRun): Promise<number> {
  for (const [point, most] of points) {
    const engine = await startEngineChild({ ...place, kill: { point, count: 1 + Math.floor(random() * most) } });
    if (engine === null) continue;
    const outlived =
      run === undefined ? new Promise<never>(() => undefined) : runCompleted(engine, run).catch(() => engine.ended);
    const dead = Promise.all([driver.push(engine), engine.ended]).then(([, signal]) => signal);
    expect([point, await Promise.race([dead, outlived])]).toEqual([point, 'SIGKILL']);
    await dead;
  }
  return points.length;
}

const promise = 'loses nothing that it acknowledged and does nothing twice on $stores, whatever it was doing when it was killed';

it.each(places)(
  promise,
  async ({ rounds, take }) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'cebe-crash-'));
    const random = seeded(20_261_122);
    const driver = createEventDriver(random);
    const place = await take(dataDir);
    const on = { dataDir, ...(place.servers && { servers: place.servers }) };
    const folder = { ...on, driver, random };
    let kills = 0;

    const first = await start(on);
    const ids = await defineSegments(first);
    await first.stop();
    for (let round = 0; round < rounds; round += 1) kills += await killAt(ingestPoints, folder);

    const second = await start(on);
    await driver.seed(second, RECIPIENTS);
    const run = await launchCampaign(second, ids.bought);
    await second.stop();
    for (let round = 0; round < rounds; round += 1) kills += await killAt(sendingPoints, folder, run);
    expect(kills).toBe(rounds * (ingestPoints.length + sendingPoints.length));

    const last = await start(on);
    const position = await driver.settle(last);
    await expectMailedOnce(last, run, dataDir);
    const members = await membersOf(last, ids, position);
    await expectReadModelsToAddUp(last, driver.acknowledged, { position });
    await last.stop();

    const log = await place.read();
    await place.close();
    expectAcknowledgedOnce(log, driver.acknowledged);
    expectOneOwnerEach(log, driver.acknowledged);
    expectMembers(members, log, { acknowledged: driver.acknowledged, ids });
    await rm(dataDir, { recursive: true });
  },
  600_000,
);
