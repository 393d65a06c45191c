import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { engineEvent } from '../../commands/engine-event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { MailgunStandIn, StandInEvent } from '../support/mailgun-stand-in.js';
import { WORKSPACE, type CampaignsUnderTest } from '../support/campaigns.js';
import { openCampaignsThroughMailgun, type CampaignsThroughMailgun } from '../support/campaigns-through-mailgun.js';

let campaigns: CampaignsThroughMailgun;
let engine: CampaignsUnderTest;
let mailgun: MailgunStandIn;

describe('callbacks and withdrawals', () => {
  beforeEach(async () => {
    campaigns = await openCampaignsThroughMailgun();
    ({ engine, mailgun } = campaigns);
  });
  afterEach(() => campaigns.dispose());

  it('counts callbacks, also those that come before the record of the send', async () => {
    const runId = await campaigns.launch(6);
    await campaigns.untilCompleted(runId);
    const [one, two, three, four, five] = mailgun.accepted;
    if (!one || !two || !three || !four || !five) throw new Error('expected five messages');
    const bot = { 'client-info': { bot: 'gmail' } };
    const hardBounce = {
      severity: 'permanent',
      reason: 'bounce',
      'delivery-status': { code: 550, message: '550 5.1.1 <x@y.z> unknown' },
    };
    const events: readonly StandInEvent[] = [
      mailgun.eventFor(one, 'delivered'),
      mailgun.eventFor(one, 'opened'),
      mailgun.eventFor(one, 'opened'),
      mailgun.eventFor(one, 'clicked', { url: 'https://shop.example/?email=ada@mail.example' }),
      mailgun.eventFor(two, 'opened', bot),
      mailgun.eventFor(three, 'failed', hardBounce),
      mailgun.eventFor(four, 'complained'),
      mailgun.eventFor(five, 'unsubscribed'),
    ];
    for (const event of events) {
      expect(await engine.module.webhooks.receive('mailgun', WORKSPACE, mailgun.signedBody(event, campaigns.time.clock()))).toBe(
        'recorded',
      );
      // The provider sends again what it thinks was lost: under a new token, and it is the same event.
      expect(await engine.module.webhooks.receive('mailgun', WORKSPACE, mailgun.signedBody(event, campaigns.time.clock()))).toBe(
        'recorded',
      );
    }
    const { steps, opened_by_machine: machine, outcomes } = await engine.funnel(runId);
    expect(outcomes.sent).toBe(6);
    expect(steps.delivered).toMatchObject({ people: 3, of: 'sent', denominator: 6 });
    expect(steps.opened).toMatchObject({ people: 1, total: 2, of: 'delivered', denominator: 3 });
    expect(steps.clicked).toMatchObject({ people: 1, total: 1 });
    expect(steps.bounced).toMatchObject({ people: 1, of: 'sent' });
    expect(steps.complained).toMatchObject({ people: 1 });
    expect(steps.unsubscribed).toMatchObject({ people: 1 });
    expect(machine).toEqual({ people: 1, total: 1 });
    const [clicked] = await engine.events('campaign.message_clicked');
    expect(clicked?.data.sealed).toMatchObject([{ class: 'quasi', fields: ['url'] }]);
    const page = await engine.deps.suppressions.list(WORKSPACE, { limit: 10 });
    expect(page.suppressions.map(({ reason }) => reason).sort()).toEqual(['bounced', 'complained', 'unsubscribed']);
    const next = await engine.launch(await engine.defineCampaign({ name: 'The next one' }));
    await campaigns.untilCompleted(next);
    expect(await engine.funnel(next)).toMatchObject({
      outcomes: { sent: 3, suppressed: 3 },
      suppressed_by_reason: { bounced: 1, complained: 1, unsubscribed: 1 },
    });
  });

  it('turns uncertain into sent when a callback shows it, also after the completion', async () => {
    mailgun.events('hidden');
    mailgun.next({ kind: 'accept_then_drop' });
    const runId = await campaigns.launch(1);
    await campaigns.untilCompleted(runId);
    expect((await engine.funnel(runId)).outcomes).toMatchObject({ uncertain: 1, sent: 0 });
    const [message] = mailgun.accepted;
    if (message === undefined) throw new Error('expected a message');
    await engine.module.webhooks.receive(
      'mailgun',
      WORKSPACE,
      mailgun.signedBody(mailgun.eventFor(message, 'delivered'), campaigns.time.clock()),
    );
    expect((await engine.funnel(runId)).outcomes).toMatchObject({ uncertain: 0, sent: 1 });
  });

  it('refuses callbacks that are forged, old, or carry a used token, and keeps those it cannot read', async () => {
    const runId = await campaigns.launch(1);
    await campaigns.untilCompleted(runId);
    const [message] = mailgun.accepted;
    if (message === undefined) throw new Error('expected a message');
    const body = mailgun.signedBody(mailgun.eventFor(message, 'opened'), campaigns.time.clock());
    const receive = (given: unknown, workspace = WORKSPACE) => engine.module.webhooks.receive('mailgun', workspace, given);
    expect(await receive(body)).toBe('recorded');
    expect(await receive(body)).toBe('recorded');
    const refused = { code: 'webhook_refused' };
    await expect(receive({ ...body, 'event-data': mailgun.eventFor(message, 'clicked') })).rejects.toMatchObject(refused);
    await expect(
      receive({ ...body, signature: { timestamp: '1', token: 'x', signature: '0'.repeat(64) } }),
    ).rejects.toMatchObject(refused);
    const old = mailgun.signedBody(mailgun.eventFor(message, 'clicked'), campaigns.time.clock() - 49 * 3_600_000);
    await expect(receive(old)).rejects.toMatchObject(refused);
    await expect(receive(body, 'nobody')).rejects.toMatchObject(refused);
    await expect(receive('nonsense')).rejects.toMatchObject(refused);
    const odd = { severity: 'temporary', 'delivery-status': { code: `${'x'.repeat(127)}\u{1F600}`, message: {} } };
    for (const given of [odd, { ...odd, 'delivery-status': { code: '' }, id: '\u{1F600}'.repeat(65) }])
      expect(await receive(mailgun.signedBody(mailgun.eventFor(message, 'failed', given), campaigns.time.clock()))).toBe(
        'recorded',
      );
    const bounces = await engine.events('campaign.message_bounced');
    expect(bounces.map(({ data }) => data.plain['reason'])).toEqual(['x'.repeat(127), undefined]);
    expect(bounces[1]?.data.plain['provider_event_id']).toBe('\u{1F600}'.repeat(64));
    const foreign = mailgun.signedBody(
      { ...mailgun.eventFor(message, 'opened'), 'user-variables': { cebe_id: 'x'.repeat(60) } },
      campaigns.time.clock(),
    );
    expect(await receive(foreign)).toBe('dead_letter');
    expect(await receive(foreign)).toBe('dead_letter');
    const kept = await engine.events('quarantine.received');
    expect(kept).toHaveLength(1);
    expect(kept[0]?.data.plain).toMatchObject({ kind: 'webhook', source: 'mailgun', code: 'webhook_id_unreadable' });
    expect((await engine.funnel(runId)).steps).toMatchObject({ opened: { total: 1 }, clicked: { total: 0 } });
  });

  it('withdraws consent through the link of a message, for whoever posts it and however often', async () => {
    const runId = await campaigns.launch(2);
    await campaigns.untilCompleted(runId);
    const link = mailgun.accepted[0]?.fields['h:List-Unsubscribe']?.[0] ?? '';
    const token = /\/u\/([^>]+)>/.exec(link)?.[1] ?? '';
    const unsubscribe = (given: string): Promise<void> => engine.module.unsubscribe.unsubscribe(given);
    await Promise.all([unsubscribe(token), unsubscribe(token)]);
    await engine.settle();
    await unsubscribe(token);
    for (const other of ['', 'nonsense', `${token}x`, `nobody.${token.slice(3)}`]) await unsubscribe(other);
    expect(await engine.events('consent.withdrawn')).toHaveLength(1);
    expect((await engine.funnel(runId)).steps.unsubscribed).toMatchObject({ people: 1, total: 1 });
    expect(await engine.deps.suppressions.count(WORKSPACE)).toBe(1);
    const [withdrawn] = await engine.events('consent.withdrawn');
    expect(withdrawn?.data.plain).toMatchObject({ channel: 'email', purpose: 'marketing', via: runId });
    // After a new grant the same link withdraws anew.
    campaigns.time.forward(1_000);
    const stream = withdrawn?.stream ?? streamName('customer', WORKSPACE, 'c00000');
    const granted = engineEvent({
      id: randomUUID(),
      type: 'consent.granted',
      data: { channel: 'email', purpose: 'marketing' },
      ...engine.context(),
    });
    await engine.eventStore.appendOnce(stream, -1n, [granted]);
    await unsubscribe(token);
    expect(await engine.events('consent.withdrawn')).toHaveLength(2);
  });
});
