import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createCampaigns } from '../../commands/campaigns/create-campaigns.js';
import { EngineError } from '../../contracts/errors.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import {
  movableClock,
  openCampaigns,
  people,
  WORKSPACE,
  type CampaignsUnderTest,
  type CampaignsUnderTestOptions,
} from '../support/campaigns.js';

let engine: CampaignsUnderTest;

async function start(options: CampaignsUnderTestOptions = {}): Promise<CampaignsUnderTest> {
  engine = await openCampaigns(options);
  return engine;
}

/** The customers that have a file in the outbox. */
async function filesOf(runId: string): Promise<readonly string[]> {
  return (await readdir(join(engine.folder, 'outbox', WORKSPACE, runId))).sort();
}

/** A store whose appends of one event type behave as told. */
function withAppends(type: string, behave: (append: () => ReturnType<EventStore['append']>) => ReturnType<EventStore['append']>) {
  return (store: EventStore): EventStore => ({
    ...store,
    append: (stream, expected, events) => {
      const append = () => store.append(stream, expected, events);
      return events[0]?.type === type ? behave(append) : append();
    },
  });
}

describe('a campaign run', () => {
  afterEach(async () => {
    await engine.dispose();
  });

  it('gathers its audience, sends to everyone once, and adds up', async () => {
    await start();
    await engine.populate(people(40));
    const runId = await engine.launch(await engine.defineCampaign());
    await engine.untilRun(runId, 'completed');
    expect(await engine.funnel(runId)).toMatchObject({ audience: 40, outcomes: { sent: 40, pending: 0, failed: 0 } });
    const run = await engine.stream(`campaign_run-${WORKSPACE}.${runId}`);
    expect(run.map(({ type }) => type.replace('campaign_run.', ''))).toEqual([
      'started',
      'audience_chunk',
      'audience_sealed',
      'completed',
    ]);
    expect(await filesOf(runId)).toHaveLength(40);
  });

  it('is launched once', async () => {
    await start();
    await engine.populate(people(2));
    const campaign = await engine.defineCampaign();
    const launches = await Promise.allSettled([engine.launch(campaign), engine.launch(campaign), engine.launch(campaign)]);
    expect(launches.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const launch of launches) {
      if (launch.status === 'rejected') expect(launch.reason).toMatchObject({ code: 'already_launched' });
    }
    await expect(engine.launch(campaign)).rejects.toMatchObject({ code: 'already_launched' });
  });

  it('completes with nobody to write to', async () => {
    await start();
    await engine.populate([{ id: 'nobody' }]);
    const runId = await engine.launch(await engine.defineCampaign());
    await engine.untilRun(runId, 'completed');
    expect(await engine.funnel(runId)).toMatchObject({
      audience: 1,
      outcomes: { suppressed: 1 },
      suppressed_by_reason: { no_address: 1 },
    });
  });

  it('writes to an address once, and to nobody who withdrew or is suppressed', async () => {
    await start();
    const [one, two, three, four] = people(4);
    await engine.addCustomers([one, { ...two, email: ' C00000@Mail.Example ' }, three, four, { id: 'no-mail' }] as never);
    await engine.withdraw('c00002');
    await engine.module.suppressions.import([{ email: 'c00003@mail.example', reason: 'bounced' }], engine.context());
    await engine.defineSegment(['c00000', 'c00001', 'c00002', 'c00003', 'no-mail']);
    await engine.settle();
    const runId = await engine.launch(await engine.defineCampaign());
    await engine.untilRun(runId, 'completed');
    const funnel = await engine.funnel(runId);
    expect(funnel.outcomes).toMatchObject({ sent: 1, suppressed: 4 });
    expect(funnel.suppressed_by_reason).toEqual({ duplicate_address: 1, unsubscribed: 1, bounced: 1, no_address: 1 });
    expect(await filesOf(runId)).toEqual(['c00000.eml']);
  });

  it('reserves nobody while it is paused, and suppresses an address that changed meanwhile', async () => {
    await start();
    await engine.populate(people(30));
    const runId = await engine.launch(await engine.defineCampaign({ per_second: 10 }));
    await engine.untilEvents('campaign.message_sent', 1);
    const paused = await engine.module.campaigns.pause(runId, { ...engine.context(), reason: 'A typo.' });
    await engine.untilRun(runId, 'paused');
    const reserved = await engine.events('campaign.message_reserved');
    expect(reserved.filter(({ position }) => position > paused.position).length).toBeLessThanOrEqual(1);
    expect(reserved.length).toBeLessThan(30);
    const stopped = (await engine.stream(`campaign_run-${WORKSPACE}.${runId}`)).at(-1);
    expect(stopped?.data).toMatchObject({ plain: {}, sealed: [{ class: 'direct', fields: ['reason'] }] });
    await engine.updateEmail('c00028', 'elsewhere@mail.example');
    await engine.module.campaigns.resume(runId, engine.context());
    await engine.untilRun(runId, 'completed');
    const funnel = await engine.funnel(runId);
    expect(funnel.outcomes).toMatchObject({ sent: 29, suppressed: 1 });
    expect(funnel.suppressed_by_reason).toEqual({ address_changed: 1 });
    expect(await filesOf(runId)).not.toContain('c00028.eml');
  });

  it('accounts for everyone when it is cancelled', async () => {
    await start();
    await engine.populate(people(60));
    const runId = await engine.launch(await engine.defineCampaign({ per_second: 20 }));
    await engine.untilEvents('campaign.message_sent', 1);
    await engine.module.campaigns.cancel(runId, engine.context());
    await engine.untilRun(runId, 'completed');
    const { outcomes, audience } = await engine.funnel(runId);
    expect(audience).toBe(60);
    expect(outcomes.sent + outcomes.cancelled).toBe(60);
    expect(outcomes.cancelled).toBeGreaterThan(0);
    expect(await filesOf(runId)).toHaveLength(outcomes.sent);
    await expect(engine.module.campaigns.pause(runId, engine.context())).rejects.toMatchObject({ code: 'run_not_open' });
  });

  it('sends no message whose reservation follows a withdrawal', async () => {
    await start();
    const customers = people(1_000);
    await engine.populate(customers);
    const runId = await engine.launch(await engine.defineCampaign());
    const chosen = customers.filter((_, index) => index % 2 === 1).reverse();
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (const { id } of chosen.filter((__, index) => index % 8 === lane)) await engine.withdraw(id);
    });
    await Promise.all(lanes);
    await engine.untilRun(runId, 'completed');
    let [before, after] = [0, 0];
    const files = new Set(await filesOf(runId));
    for (const { id } of chosen) {
      const events = await engine.stream(`customer-${WORKSPACE}.${id}`);
      const withdrawn = events.findIndex(({ type }) => type === 'consent.withdrawn');
      const reserved = events.findIndex(({ type }) => type === 'campaign.message_reserved');
      expect(events.slice(withdrawn).some(({ type }) => type === 'campaign.message_reserved')).toBe(false);
      expect(files.has(`${id}.eml`)).toBe(reserved >= 0);
      if (reserved >= 0) before += 1;
      else after += 1;
    }
    expect(before + after).toBe(500);
    expect(after).toBeGreaterThan(0);
    const { outcomes, suppressed_by_reason: reasons } = await engine.funnel(runId);
    expect(outcomes).toMatchObject({ sent: 500 + before, suppressed: after });
    expect(reasons).toEqual({ unsubscribed: after });
  });

  it('sends to nobody twice when two processes drive the run at once', async () => {
    await start();
    const other = createCampaigns({ ...engine.deps, channels: { ...engine.deps.channels } });
    await other.saga.start();
    await engine.populate(people(300));
    const runId = await engine.launch(await engine.defineCampaign());
    await engine.untilRun(runId, 'completed');
    await other.saga.stop();
    const refused = new Set(
      [...(await engine.events('campaign.message_lapsed')), ...(await engine.events('campaign.message_failed'))].map(
        ({ data }) => data.plain['attempt_id'],
      ),
    );
    const reserved = (await engine.events('campaign.message_reserved')).filter(
      ({ data }) => !refused.has(data.plain['attempt_id']),
    );
    expect(reserved).toHaveLength(300);
    expect(new Set(reserved.map(({ stream }) => stream)).size).toBe(300);
    expect(await engine.funnel(runId)).toMatchObject({ audience: 300, outcomes: { sent: 300 } });
  });

  it('looks up what an earlier process reserved and sent without recording it', async () => {
    const { clock, forward } = movableClock();
    let isAway = true;
    const store = withAppends('campaign.message_sent', (append) =>
      isAway ? Promise.reject(new EngineError('store_unavailable', 'away')) : append(),
    );
    await start({ clock, eventStore: store });
    await engine.populate(people(20));
    const runId = await engine.launch(await engine.defineCampaign());
    await engine.untilEvents('campaign.message_reserved', 20);
    await engine.module.saga.stop();
    expect(await engine.events('campaign.message_sent')).toHaveLength(0);
    const files = await filesOf(runId);
    expect(files.length).toBeGreaterThan(0);
    isAway = false;
    forward(10_000);
    await engine.restart();
    await engine.untilRun(runId, 'completed');
    expect(await engine.funnel(runId)).toMatchObject({ outcomes: { sent: 20 } });
    expect(await filesOf(runId)).toHaveLength(20);
    const sent = await engine.events('campaign.message_sent');
    expect(new Set(sent.map(({ stream }) => stream)).size).toBe(20);
    expect(sent).toHaveLength(20);
  });

  it('makes another attempt for a reservation of which the look-up proves that nothing went out', async () => {
    const { clock, forward } = movableClock();
    let lost = 0;
    // The reservation is stored, and its writer never learns of it.
    const store = withAppends('campaign.message_reserved', async (append) => {
      const stored = await append();
      if (lost >= 5 && lost < 10_000) return stored;
      lost += 1;
      throw new EngineError('event_contract_broken', 'the process dies here');
    });
    await start({ clock, eventStore: store });
    await engine.populate(people(10));
    const runId = await engine.launch(await engine.defineCampaign());
    await engine.untilRun(runId, 'sending');
    forward(10_000);
    await engine.restart();
    forward(10_000);
    engine.scheduler.check();
    await engine.untilRun(runId, 'completed');
    expect(await engine.funnel(runId)).toMatchObject({ outcomes: { sent: 10 } });
    expect(await engine.events('campaign.message_sent')).toHaveLength(10);
    expect(await filesOf(runId)).toHaveLength(10);
  });

  it('lets a reservation lapse that was not handed over in time, and makes another', async () => {
    const { clock, forward } = movableClock();
    let slow = 1;
    const store = withAppends('campaign.message_reserved', async (append) => {
      const stored = await append();
      if (slow > 0) forward(3_000);
      slow -= 1;
      return stored;
    });
    await start({ clock, eventStore: store });
    await engine.populate(people(1));
    const runId = await engine.launch(await engine.defineCampaign());
    await engine.untilRun(runId, 'completed');
    const types = (await engine.stream(`customer-${WORKSPACE}.c00000`)).map(({ type }) => type);
    expect(types.filter((type) => type.startsWith('campaign.'))).toEqual([
      'campaign.message_reserved',
      'campaign.message_lapsed',
      'campaign.message_reserved',
      'campaign.message_sent',
    ]);
    expect(await engine.funnel(runId)).toMatchObject({ outcomes: { sent: 1 } });
  });

  it('records what cannot be rendered as failed, and sends to the others', async () => {
    await start();
    const customers = people(6).map((customer, index) => ({ ...customer, attributes: { plan: index === 2 ? 'loop' : 'gold' } }));
    await engine.populate(customers);
    const html = '{% if plan == "loop" %}{% for i in (1..100000000) %}x{% endfor %}{% endif %}<p>Hi</p>';
    const template = await engine.module.templates.define({ name: 'Loops', subject: 'Hi', html }, engine.context());
    const runId = await engine.launch(await engine.defineCampaign({ template: template.id }));
    await engine.untilRun(runId, 'completed');
    const { outcomes } = await engine.funnel(runId);
    expect(outcomes).toMatchObject({ sent: 5, failed: 1 });
    const [group] = await engine.deps.messages.failureGroups(WORKSPACE, runId);
    expect(group).toMatchObject({ messages: 1, reason: expect.stringContaining('template_') });
    expect(await filesOf(runId)).not.toContain('c00002.eml');
  });
});
