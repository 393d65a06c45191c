import { afterEach, describe, expect, it } from '@jest/globals';
import { openCampaigns, WORKSPACE, type CampaignsUnderTest, type NewCustomer } from '../support/campaigns.js';

function people(count: number): readonly NewCustomer[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `c${String(index).padStart(5, '0')}`;
    return { id, email: `${id}@mail.example`, firstName: `Name${index}` };
  });
}

describe('a campaign run through the outbox', () => {
  let engine: CampaignsUnderTest | undefined;
  afterEach(async () => {
    await engine?.dispose();
    engine = undefined;
  });

  it('gathers its audience, sends to everyone once, and adds up', async () => {
    engine = await openCampaigns();
    const customers = people(40);
    await engine.addCustomers(customers);
    await engine.defineSegment(customers.map(({ id }) => id));
    await engine.settle();
    const runId = await engine.launch(await engine.defineCampaign());
    await engine.untilRun(runId, 'completed');
    const funnel = await engine.funnel(runId);
    expect(funnel).toMatchObject({ audience: 40, outcomes: { sent: 40, pending: 0, failed: 0 } });
    const run = await engine.stream(`campaign_run-${WORKSPACE}.${runId}`);
    expect(run.map(({ type }) => type.replace('campaign_run.', ''))).toEqual([
      'started',
      'audience_chunk',
      'audience_sealed',
      'completed',
    ]);
    const reserved = await engine.events('campaign.message_reserved');
    expect(new Set(reserved.map(({ stream }) => stream)).size).toBe(40);
  });
});
