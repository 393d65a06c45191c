import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { people } from '../support/campaign-people.js';
import { openCampaignsInTheirTime, type CampaignsInTheirTime } from '../support/campaigns-in-their-time.js';
import { WORKSPACE, type CampaignsUnderTest } from '../support/campaigns.js';

let campaigns: CampaignsInTheirTime;
let engine: CampaignsUnderTest;

const untilRun: CampaignsUnderTest['untilRun'] = (...run) => campaigns.movingOn(engine.untilRun(...run));

/** The customers that have a file in the outbox. */
async function filesOf(runId: string): Promise<readonly string[]> {
  return (await readdir(join(engine.folder, 'outbox', WORKSPACE, runId))).sort();
}

describe('a campaign run', () => {
  beforeEach(async () => {
    campaigns = await openCampaignsInTheirTime();
    ({ engine } = campaigns);
  });
  afterEach(async () => {
    await engine.dispose();
  });

  it('gathers its audience, sends to everyone once, and adds up', async () => {
    await engine.populate(people(40));
    const runId = await engine.launch(await engine.defineCampaign());
    await untilRun(runId, 'completed');
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
    await engine.populate([{ id: 'nobody' }]);
    const runId = await engine.launch(await engine.defineCampaign());
    await untilRun(runId, 'completed');
    expect(await engine.funnel(runId)).toMatchObject({
      audience: 1,
      outcomes: { suppressed: 1 },
      suppressed_by_reason: { no_address: 1 },
    });
  });

  it('writes to an address once, and to nobody who withdrew or is suppressed', async () => {
    const [one, two, three, four, five] = people(5);
    await engine.people.add([one, { ...two, email: ' C00000@Mail.Example ' }, three, four, five, { id: 'no-mail' }] as never);
    await engine.people.say('c00002', 'consent.withdrawn');
    const listed = [
      { email: 'c00003@mail.example', reason: 'bounced' },
      { email: 'c00004@mail.example', reason: 'manual' },
    ] as const;
    await engine.module.suppressions.import(listed, engine.context());
    await engine.defineSegment(['c00000', 'c00001', 'c00002', 'c00003', 'c00004', 'no-mail']);
    await engine.settle();
    const campaignId = await engine.defineCampaign();
    const reasons = { duplicate_address: 1, unsubscribed: 1, bounced: 1, manual: 1, no_address: 1 };
    const expected = await engine.module.preflight('w1', campaignId);
    expect(expected).toMatchObject({ sendable: 1, suppressed_by_reason: reasons });
    const runId = await engine.launch(campaignId);
    await untilRun(runId, 'completed');
    const funnel = await engine.funnel(runId);
    expect(funnel.outcomes).toMatchObject({ sent: 1, suppressed: 5 });
    expect(funnel.suppressed_by_reason).toEqual(reasons);
    expect(await filesOf(runId)).toEqual(['c00000.eml']);
  });

  it('reserves nobody while it is paused, and suppresses an address that changed meanwhile', async () => {
    await engine.populate(people(30));
    const runId = await engine.launch(await engine.defineCampaign({ per_second: 10 }));
    await engine.untilEvents('campaign.message_sent', 1);
    const paused = await engine.module.campaigns.pause(runId, { ...engine.context(), reason: 'A typo.' });
    await untilRun(runId, 'paused');
    const reserved = await engine.events('campaign.message_reserved');
    expect(reserved.filter(({ position }) => position > paused.position).length).toBeLessThanOrEqual(1);
    expect(reserved.length).toBeLessThan(28);
    const stopped = (await engine.stream(`campaign_run-${WORKSPACE}.${runId}`)).at(-1);
    expect(stopped?.data).toMatchObject({ plain: {}, sealed: [{ class: 'direct', fields: ['reason'] }] });
    await engine.people.updateEmail('c00028', 'elsewhere@mail.example');
    await engine.module.campaigns.resume(runId, engine.context());
    await untilRun(runId, 'completed');
    const funnel = await engine.funnel(runId);
    expect(funnel.outcomes).toMatchObject({ sent: 29, suppressed: 1 });
    expect(funnel.suppressed_by_reason).toEqual({ address_changed: 1 });
    expect(await filesOf(runId)).not.toContain('c00028.eml');
  });

  it('heeds settings and suppressions that change while it sends, for whoever is not reserved yet', async () => {
    const customers = people(60);
    await engine.populate(customers);
    for (const { id } of customers.slice(50)) await engine.people.say(id, 'consent.granted');
    await engine.settle();
    const runId = await engine.launch(await engine.defineCampaign({ per_second: 20 }));
    await engine.untilEvents('campaign.message_sent', 1);
    await engine.module.suppressions.import([{ email: 'c00059@mail.example', reason: 'bounced' }], engine.context());
    await engine.access.changeSettings({ opt_in_required: true }, engine.context());
    await untilRun(runId, 'completed');
    const { outcomes, suppressed_by_reason: reasons } = await engine.funnel(runId);
    expect(outcomes.sent + outcomes.suppressed).toBe(60);
    expect(reasons).toEqual({ unsubscribed: outcomes.suppressed - 1, bounced: 1 });
    expect(outcomes.suppressed).toBeGreaterThan(1);
    const files = await filesOf(runId);
    expect(files).toEqual(expect.arrayContaining(customers.slice(50, 59).map(({ id }) => `${id}.eml`)));
    expect(files).not.toContain('c00059.eml');
  });

  it('accounts for everyone when it is cancelled', async () => {
    await engine.populate(people(60));
    const runId = await engine.launch(await engine.defineCampaign({ per_second: 20 }));
    await engine.untilEvents('campaign.message_sent', 1);
    await engine.module.campaigns.cancel(runId, engine.context());
    await untilRun(runId, 'completed');
    const { outcomes, audience } = await engine.funnel(runId);
    expect(audience).toBe(60);
    expect(outcomes.sent + outcomes.cancelled).toBe(60);
    expect(outcomes.cancelled).toBeGreaterThan(0);
    expect(await filesOf(runId)).toHaveLength(outcomes.sent);
    await expect(engine.module.campaigns.pause(runId, engine.context())).rejects.toMatchObject({ code: 'run_not_open' });
  });

  it('sends no message whose reservation follows a withdrawal', async () => {
    const customers = people(1_000);
    await engine.populate(customers);
    const runId = await engine.launch(await engine.defineCampaign());
    const chosen = customers.filter((_, index) => index % 2 === 1).reverse();
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (const { id } of chosen.filter((__, index) => index % 8 === lane)) await engine.people.say(id, 'consent.withdrawn');
    });
    await Promise.all(lanes);
    await untilRun(runId, 'completed');
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
});
