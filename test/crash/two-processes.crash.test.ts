import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { launchCampaign, outcomesOf, runCompleted, type CrashRun } from '../support/crash-campaign.js';
import { defineSegments, expectMembers, membersOf } from '../support/crash-segments.js';
import { createDrivenEvents, type DrivenEvent } from '../support/driven-events.js';
import { ask } from '../support/engine-calls.js';
import { endEngineChildren, startEngineChild, type EngineChild } from '../support/engine-child.js';
import { eventually } from '../support/eventually.js';
import { expectAcknowledgedOnce, expectOneOwnerEach, expectReadModelsToAddUp } from '../support/log-accounts.js';
import { startMailgunStandIn, type MailgunStandIn } from '../support/mailgun-stand-in.js';
import { seeded } from '../support/seeded.js';
import { startSteadyDriver } from '../support/steady-driver.js';
import { startTwoServers, type TwoServers } from '../support/two-servers.js';

const RECIPIENTS = 160;
const MAILS_PER_SECOND = 15;
const EVENTS_PER_SECOND = 20;
/** A silent engine is given up for another one. */
const SILENT_MS = 5_000;

let servers: TwoServers;
let mailgun: MailgunStandIn;
const folders: string[] = [];

beforeEach(async () => {
  [servers, mailgun] = await Promise.all([startTwoServers(), startMailgunStandIn()]);
});

afterEach(async () => {
  endEngineChildren();
  await Promise.all([servers.close(), mailgun.close()]);
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

async function start(): Promise<EngineChild> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cebe-two-'));
  folders.push(dataDir);
  const { apiKey, domain, url } = mailgun;
  const env = {
    MAILGUN_API_KEY: apiKey,
    MAILGUN_DOMAIN: domain,
    MAILGUN_URL: url,
    CEBE_PUBLIC_URL: 'https://cebe.example',
    CEBE_LOG_LEVEL: 'info',
  };
  const engine = await startEngineChild({ dataDir, servers: servers.env, env });
  if (engine === null) throw new Error('expected an engine that nobody kills to start');
  return engine;
}

async function drives({ url }: EngineChild): Promise<boolean> {
  const response = await fetch(`${url}/readyz`);
  const { checks } = (await response.json()) as { checks: { name: string; ok: boolean; detail?: string }[] }; // the route's schema
  return checks.some(({ name, ok, detail }) => name === 'processors' && ok && detail === undefined);
}

const toDrive = (engine: EngineChild): Promise<true> =>
  eventually('the process to drive', async () => ((await drives(engine)) ? true : null));
const toStandBy = (engine: EngineChild): Promise<true> =>
  eventually('the process to stand by', async () => ((await drives(engine)) ? null : true));

/** Resolves when so many mails more were handed over. */
async function mailed(count: number): Promise<void> {
  const enough = mailgun.accepted.length + count;
  await eventually(`${String(count)} mails more`, () => (mailgun.accepted.length >= enough ? true : null));
}

/** Everybody came to one end, nobody was mailed twice, and what counts as sent was handed over. */
async function expectOneMailEach(engine: EngineChild, run: CrashRun, addressees: readonly string[]): Promise<void> {
  const outcomes = await outcomesOf(engine, run);
  expect(addressees.filter((address, index) => addressees.indexOf(address) !== index)).toEqual([]);
  expect({ sent: outcomes['sent'] }).toEqual({ sent: addressees.length });
  expect(addressees.length).toBeGreaterThan(RECIPIENTS / 2);
}

async function expectRefused(engine: EngineChild, call: string): Promise<void> {
  const [method = '', path = ''] = call.split(' ');
  const response = await fetch(`${engine.url}${path}`, { method, headers: { authorization: `Bearer ${engine.token}` } });
  const { code } = (await response.json()) as { code: string }; // a problem document
  expect([call, response.status, code]).toEqual([call, 409, 'driven_elsewhere']);
}

/** The same event by somebody who knows the customer by another name. */
function retold(event: DrivenEvent): DrivenEvent {
  const { identifiers } = event.customer;
  if (identifiers === undefined) return event;
  return { ...event, customer: { qontak_customer_id: `also_${identifiers.email.split('@')[0] ?? ''}`, identifiers } };
}

/** Who is told of the next batch: one, the other, then both at once. */
function takingTurns(engines: () => readonly EngineChild[]): () => readonly EngineChild[] {
  let turn = 0;
  return () => {
    const [first, second] = engines();
    if (first === undefined || second === undefined) return engines();
    turn = (turn + 1) % 4;
    const turns = [[first], [second], [first, second], [second, first]];
    return turns[turn] ?? [first];
  };
}

it('lets one of two processes take over when the other dies, or sleeps past its lease, with nothing twice and nothing lost', async () => {
  let [first, second] = await Promise.all([start(), start()]);
  if (!(await drives(first))) [first, second] = [second, first];
  let engines: readonly EngineChild[] = [first, second];
  const { next, newcomer } = createDrivenEvents(seeded(20_261_124));
  const driver = startSteadyDriver({
    perSecond: EVENTS_PER_SECOND,
    next: (() => {
      let made = 0;
      return () => ((made += 1) <= RECIPIENTS ? newcomer() : next());
    })(),
    takers: takingTurns(() => engines),
    retold,
    patienceMs: SILENT_MS,
  });
  const figures: Record<string, number> = {};
  const measured = async (name: string, work: Promise<unknown>): Promise<void> => {
    const begun = performance.now();
    await work;
    figures[name] = Math.round(performance.now() - begun);
  };
  try {
    // What drives nothing takes commands and events all the same, and says what it cannot do.
    const ids = await defineSegments(second);
    for (const call of ['rebuild', 'verify', 'switch']) await expectRefused(second, `POST /v1/projections/profiles/${call}`);
    await expectRefused(second, 'GET /v1/dead-letters?kind=projection');
    await eventually('the recipients', () => (driver.acknowledged.size >= RECIPIENTS + EVENTS_PER_SECOND ? true : null));

    const run = await launchCampaign(second, ids.bought, MAILS_PER_SECOND);
    await mailed(RECIPIENTS / 5);
    process.kill(first.pid, 'SIGKILL');
    engines = [second];
    await measured('taken_over_after_kill_ms', toDrive(second));
    const third = await start();
    expect(await drives(third)).toBe(false);
    // Reads wait for what was written through another process, on whichever they are.
    await ask(third, `GET /v1/segments/${ids.bought}?min_position=${run.position}`);
    engines = [second, third];
    await runCompleted(second, run);
    const before = mailgun.accepted.length;
    await expectOneMailEach(
      second,
      run,
      mailgun.accepted.map(({ to }) => to),
    );

    const again = await launchCampaign(third, ids.bought, MAILS_PER_SECOND);
    await mailed(RECIPIENTS / 5);
    process.kill(second.pid, 'SIGSTOP');
    await measured('taken_over_after_freeze_ms', toDrive(third));
    await mailed(RECIPIENTS / 10);
    process.kill(second.pid, 'SIGCONT');
    await measured('stands_by_after_wake_ms', toStandBy(second));
    await eventually('the woken process to say so', () => (second.logged('lease_lost') > 0 ? true : null));
    await runCompleted(third, again);
    await expectOneMailEach(
      third,
      again,
      mailgun.accepted.slice(before).map(({ to }) => to),
    );

    // It can take over again, at once where the lease is given up.
    engines = [second];
    await third.stop();
    await measured('taken_over_after_stop_ms', toDrive(second));
    const position = await driver.settle();
    const members = await membersOf(second, ids, position);
    const verified = ['profiles', 'messages', 'ingest-statistics'];
    await expectReadModelsToAddUp(second, driver.acknowledged, { position, verified });
    await second.stop();
    const log = await servers.read();
    expectAcknowledgedOnce(log, driver.acknowledged);
    expectOneOwnerEach(log, driver.acknowledged);
    expectMembers(members, log, { acknowledged: driver.acknowledged, ids });
    const made = ['access.workspace_created', 'access.key_created'].map(
      (type) => log.filter((event) => event.type === type).length,
    );
    expect(made).toEqual([1, 1]);
    if (process.env['CEBE_OUTAGE_MS'] !== undefined) process.stdout.write(`${JSON.stringify(figures)}\n`);
  } finally {
    driver.abandon();
  }
}, 1_200_000);
