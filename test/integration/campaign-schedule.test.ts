import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCampaigns } from '../../commands/campaigns/create-campaigns.js';
import { runIdOf } from '../../commands/campaigns/run-ids.js';
import { people } from '../support/campaign-people.js';
import { movableClock } from '../support/campaign-surroundings.js';
import { openCampaigns, WORKSPACE, type CampaignsUnderTest } from '../support/campaigns.js';

const MINUTE = 60_000;
let engine: CampaignsUnderTest;
let time: ReturnType<typeof movableClock>;

/** A campaign due in so many minutes, and the run that its instant leads to. */
async function schedule(
  minutes: number,
  over: { readonly max_delay_sec?: number } = {},
): Promise<{ readonly campaign: string; readonly run: string }> {
  const scheduledAt = new Date(time.clock() + minutes * MINUTE).toISOString();
  const campaign = await engine.defineCampaign({ schedule_at: scheduledAt, ...over });
  return { campaign, run: runIdOf(WORKSPACE, campaign, { scheduledAt }) };
}

async function forward(minutes: number): Promise<void> {
  await engine.settle();
  time.forward(minutes * MINUTE);
  engine.deps.scheduler.check();
}

async function stateOf(campaignId: string): Promise<string | undefined> {
  await engine.settle();
  return (await engine.deps.campaigns.get(WORKSPACE, campaignId))?.state;
}

describe('a scheduled campaign', () => {
  beforeEach(async () => {
    time = movableClock();
    engine = await openCampaigns({ clock: time.clock });
    await engine.populate(people(3));
  });
  afterEach(async () => {
    await engine.dispose();
  });

  it('launches at its instant, with the run that follows from it', async () => {
    const { campaign, run } = await schedule(10);
    await forward(9);
    expect(await engine.events('campaign.launched')).toEqual([]);
    expect(await stateOf(campaign)).toBe('scheduled');
    await forward(2);
    await engine.untilRun(run, 'completed');
    expect(await stateOf(campaign)).toBe('launched');
    expect(await engine.funnel(run)).toMatchObject({ outcomes: { sent: 3 } });
  });

  it('launches late when the engine was down for less than an hour, and is missed after more', async () => {
    const late = await schedule(10);
    const missed = await schedule(20, { max_delay_sec: 600 });
    await engine.settle();
    await engine.module.saga.stop();
    time.forward(50 * MINUTE);
    await engine.restart();
    await engine.untilRun(late.run, 'completed');
    await engine.untilRun(missed.run, 'missed');
    expect(await stateOf(missed.campaign)).toBe('missed');
    expect(await engine.deps.runs.get(WORKSPACE, missed.run)).toMatchObject({
      missed_cause: 'too_late',
      campaign_id: missed.campaign,
    });
    await engine.restart();
    expect(await engine.events('campaign_run.missed')).toHaveLength(1);
    // What was missed can be launched by hand.
    await engine.untilRun(await engine.launch(missed.campaign), 'completed');
  });

  it('is missed when its segment was archived', async () => {
    const { run } = await schedule(10);
    await engine.archiveSegment();
    await forward(10);
    await engine.untilRun(run, 'missed');
    expect(await engine.deps.runs.get(WORKSPACE, run)).toMatchObject({ missed_cause: 'segment_archived' });
  });

  it('follows its newest instant, and none when it was launched by hand', async () => {
    const { campaign, run } = await schedule(10);
    const found = await engine.deps.campaigns.get(WORKSPACE, campaign);
    await engine.settle();
    const later = new Date(time.clock() + 30 * MINUTE).toISOString();
    const again = (await engine.stream(`campaign-${WORKSPACE}.${campaign}`)).at(-1)?.data.plain;
    const { revision: _revision, ...definition } = again as Parameters<typeof engine.module.campaigns.revise>[1] & {
      revision: number;
    };
    await engine.module.campaigns.revise(campaign, { ...definition, schedule_at: later }, engine.context());
    await forward(15);
    await engine.settle();
    expect(await engine.deps.runs.get(WORKSPACE, run)).toBeNull();
    const byHand = await engine.launch(campaign);
    await engine.untilRun(byHand, 'completed');
    await forward(30);
    await engine.settle();
    expect(await engine.events('campaign_run.started')).toHaveLength(1);
    expect(found?.state ?? 'scheduled').toBe('scheduled');
  });

  it('is launched once by two nodes, which send to nobody twice', async () => {
    const other = createCampaigns({ ...engine.deps, newId: engine.deps.newId });
    await other.saga.start();
    const { run } = await schedule(10);
    await forward(11);
    await engine.untilRun(run, 'completed');
    await other.saga.stop();
    expect(await engine.events('campaign.launched')).toHaveLength(1);
    expect(await engine.events('campaign_run.started')).toHaveLength(1);
    expect(await engine.events('campaign_run.audience_chunk')).toHaveLength(1);
    const reserved = await engine.events('campaign.message_reserved');
    expect(new Set(reserved.map(({ stream }) => stream)).size).toBe(reserved.length);
    expect(await engine.funnel(run)).toMatchObject({ outcomes: { sent: 3 } });
  });
});
