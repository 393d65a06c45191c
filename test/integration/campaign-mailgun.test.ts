import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { MailgunStandIn } from '../support/mailgun-stand-in.js';
import { WORKSPACE, type CampaignsUnderTest } from '../support/campaigns.js';
import { openCampaignsThroughMailgun, type CampaignsThroughMailgun } from '../support/campaigns-through-mailgun.js';

let campaigns: CampaignsThroughMailgun;
let engine: CampaignsUnderTest;
let mailgun: MailgunStandIn;

const addressOf = (fields: Readonly<Record<string, readonly string[]>>): string => fields['to']?.[0] ?? '';

describe('a campaign run through Mailgun', () => {
  beforeEach(async () => {
    campaigns = await openCampaignsThroughMailgun();
    ({ engine, mailgun } = campaigns);
  });
  afterEach(() => campaigns.dispose());

  it('sends to no address twice and adds up, whatever the network does', async () => {
    const attempts = new Map<string, number>();
    mailgun.decide((fields) => {
      const to = addressOf(fields);
      const attempt = (attempts.get(to) ?? 0) + 1;
      attempts.set(to, attempt);
      switch (Number(to.slice(1, 6)) % 8) {
        case 0:
          return { kind: 'accept_then_drop' };
        case 1:
          return { kind: 'drop' };
        case 2:
          return attempt === 1 ? { kind: 'answer', status: 429, retryAfter: '1' } : { kind: 'accept' };
        case 3:
          return { kind: 'accept_then_answer', status: 500 };
        case 4:
          return { kind: 'answer', status: 400, message: `${to} is not a valid address` };
        case 5:
          return attempt < 3 ? { kind: 'answer', status: 503 } : { kind: 'accept' };
        case 6:
          return { kind: 'times_out' };
        default:
          return { kind: 'accept' };
      }
    });
    const runId = await campaigns.launch(80);
    await campaigns.untilCompleted(runId);
    const addresses = mailgun.accepted.map(({ to }) => to);
    expect(new Set(addresses).size).toBe(addresses.length);
    const { outcomes, audience } = await engine.funnel(runId);
    expect(audience).toBe(80);
    const { sent, failed, uncertain, pending } = outcomes;
    expect([sent + uncertain, failed, pending]).toEqual([70, 10, 0]);
    expect(sent).toBeGreaterThanOrEqual(30);
    // What Mailgun has is found, what it does not have stays uncertain.
    await campaigns.movingOn(engine.untilEvents('campaign.message_sent', 50));
    expect((await engine.funnel(runId)).outcomes).toMatchObject({ sent: 50, uncertain: 20, failed: 10 });
    const [group, ...others] = await engine.deps.messages.failureGroups(WORKSPACE, runId);
    expect(others).toEqual([]);
    expect(group).toEqual({ reason: 'http_400: <address> is not a valid address', messages: 10 });
    const lapsed = (await engine.events('campaign.message_lapsed')).length;
    const made = [...attempts.values()].reduce((sum, count) => sum + count, 0);
    expect(made + lapsed).toBe((await engine.events('campaign.message_reserved')).length);
  });

  it('gives up after five attempts and tries a group of failures again when a person asks', async () => {
    mailgun.decide((fields) =>
      addressOf(fields).startsWith('c00003') ? { kind: 'answer', status: 400, message: 'no' } : { kind: 'answer', status: 503 },
    );
    const runId = await campaigns.launch(4);
    await campaigns.untilCompleted(runId);
    expect((await engine.funnel(runId)).outcomes).toMatchObject({ failed: 4 });
    // The clock runs fast: a reservation may lapse, which is an attempt that Mailgun does not see.
    const lapsed = (await engine.events('campaign.message_lapsed')).length;
    expect(mailgun.attempts + lapsed).toBe((await engine.events('campaign.message_reserved')).length);
    const reserved = (await engine.events('campaign.message_reserved')).map(({ stream }) => stream.slice(-6));
    for (const id of ['c00000', 'c00001', 'c00002']) expect(reserved.filter((stream) => stream === id)).toHaveLength(5);
    const letters = await engine.module.deadLetters.groups(WORKSPACE);
    expect(letters.map(({ count }) => count)).toEqual([3, 1]);
    mailgun.decide(() => ({ kind: 'accept' }));
    const by = { actor: 'tester', at: engine.context().at };
    const retried = await engine.module.deadLetters.retryGroup?.(WORKSPACE, letters[0]?.group ?? '', by);
    expect(retried).toHaveLength(3);
    await campaigns.untilCompleted(runId);
    expect((await engine.funnel(runId)).outcomes).toMatchObject({ sent: 3, failed: 1 });
    const letter = (await engine.module.deadLetters.list(WORKSPACE, { limit: 10 })).letters;
    expect(letter).toMatchObject([{ reference: { qontak_customer_id: 'c00003' }, code: 'http_400' }]);
    await engine.module.deadLetters.drop(WORKSPACE, `${runId}/c00003`, { ...by, reason: 'left the company' });
    await engine.settle();
    expect((await engine.module.deadLetters.list(WORKSPACE, { limit: 10 })).letters).toEqual([]);
    expect((await engine.funnel(runId)).outcomes).toMatchObject({ sent: 3, failed: 1 });
  });

  it('sends what is uncertain again only when a person includes it', async () => {
    mailgun.next({ kind: 'drop' });
    const runId = await campaigns.launch(1);
    await campaigns.untilCompleted(runId);
    expect((await engine.funnel(runId)).outcomes).toMatchObject({ uncertain: 1 });
    await engine.module.campaigns.retryFailed(runId, { include_uncertain: false }, engine.context());
    await campaigns.untilCompleted(runId);
    expect(mailgun.attempts).toBe(1);
    await engine.module.campaigns.retryFailed(runId, { include_uncertain: true }, engine.context());
    await campaigns.movingOn(engine.untilEvents('campaign.message_sent', 1));
    await campaigns.untilCompleted(runId);
    expect((await engine.funnel(runId)).outcomes).toMatchObject({ sent: 1 });
    expect(mailgun.attempts).toBe(2);
  });
});
