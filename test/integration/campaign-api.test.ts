import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openCampaignApi, template, type CampaignApi } from '../support/campaign-api.js';

let engine: CampaignApi['engine'];
let world: CampaignApi;
const call: CampaignApi['call'] = (...request) => world.call(...request);

describe('the API of campaigns', () => {
  beforeEach(async () => {
    world = await openCampaignApi();
    ({ engine } = world);
  });
  afterEach(async () => {
    await world.dispose();
  });

  it('takes a campaign from its template to its funnel', async () => {
    const { campaignId, templateId } = await world.makeCampaign();
    const preflight = await call('GET', `/v1/campaigns/${campaignId}/preflight`);
    expect(preflight.body).toMatchObject({ ready: true, members: 4, with_address: 4, sendable: 4, missing_fields: {} });
    expect(preflight.body['problems']).toEqual(['postal_address_missing']);
    const launched = await call('POST', `/v1/campaigns/${campaignId}/launch`);
    expect(launched.status).toBe(202);
    const runId = String(launched.body['run_id']);
    const again = await call('POST', `/v1/campaigns/${campaignId}/launch`);
    expect([again.status, again.body['code']]).toEqual([409, 'already_launched']);
    await engine.untilRun(runId, 'completed');
    const run = await call('GET', `/v1/campaign-runs/${runId}`);
    expect(run.body).toMatchObject({ state: 'completed', audience: 4, counts: { sent: 4, pending: 0 }, template_id: templateId });
    const funnel = await call('GET', `/v1/campaign-runs/${runId}/funnel`);
    expect(funnel.body).toMatchObject({ audience: 4, steps: { opened: { people: 0, of: 'delivered', denominator: 0 } } });
    const messages = await call('GET', `/v1/campaign-runs/${runId}/messages?limit=3&outcome=sent`);
    expect(messages.body['data']).toHaveLength(3);
    expect(messages.body['data']).toMatchObject([
      { qontak_customer_id: 'c00000', outcome: 'sent', attempts: 1, timeline: [{ event: 'reserved' }, { event: 'sent' }] },
      {},
      {},
    ]);
    const list = await call('GET', `/v1/campaign-runs?campaign_id=${campaignId}`);
    expect(list.body['data']).toMatchObject([{ run_id: runId, counts: { sent: 4 } }]);
    const paused = await call('POST', `/v1/campaign-runs/${runId}/pause`, { reason: 'late' });
    expect([paused.status, paused.body['code']]).toEqual([409, 'run_not_open']);
    expect((await call('POST', `/v1/campaign-runs/${runId}/retry-failed`)).body).toMatchObject({ state: 'sending' });
    expect((await call('GET', '/v1/campaign-runs/none')).status).toBe(404);
  });

  it('refuses what does not fit, with pointers', async () => {
    const broken = await call('POST', '/v1/templates', { ...template, html: '<p>{{ first_name | }}{% if %}</p>' });
    expect([broken.status, broken.body['code']]).toEqual([422, 'template_invalid']);
    expect(broken.body['errors']).toMatchObject([{ pointer: '/html', detail: expect.stringContaining('line 1') }]);
    const campaign = { name: 'x', segment_id: 'none', template_id: 'none', channel: 'pigeon', from: 'nobody' };
    const refused = await call('POST', '/v1/campaigns', campaign);
    expect(refused.status).toBe(400);
    const pointers = (refused.body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer).sort();
    expect(pointers).toEqual(['/channel', '/from', '/segment_id', '/template_id']);
    const unknown = await call('POST', '/v1/campaigns', { ...campaign, colour: 'red' });
    expect(unknown.body['errors']).toMatchObject([{ pointer: '/colour' }]);
  });

  it('changes templates and campaigns at the revision that was seen', async () => {
    const { campaignId, templateId } = await world.makeCampaign();
    const seen = await call('GET', `/v1/templates/${templateId}`);
    expect(seen.headers['etag']).toBe('"1"');
    const next = { ...template, name: 'Hello again' };
    const changed = await call('PUT', `/v1/templates/${templateId}`, next, { 'if-match': '"1"' });
    expect(changed.body).toMatchObject({ revision: 2 });
    const stale = await call('PUT', `/v1/templates/${templateId}`, template, { 'if-match': '"1"' });
    expect([stale.status, stale.body['code']]).toEqual([412, 'revision_stale']);
    const campaign = await call('GET', `/v1/campaigns/${campaignId}?min_position=${String(changed.body['position'])}`);
    const { campaign_id: _id, revision: _r, state, created_at: _c, updated_at: _u, as_of: _a, ...definition } = campaign.body;
    expect(state).toBe('draft');
    const slower = { ...definition, throttle: { per_second: 5 }, schedule: { at: '2099-01-01T00:00:00+07:00' } };
    expect((await call('PUT', `/v1/campaigns/${campaignId}`, slower)).body).toMatchObject({ revision: 2 });
    expect((await call('GET', `/v1/campaigns/${campaignId}`)).body).toMatchObject({
      state: 'scheduled',
      schedule: { at: '2098-12-31T17:00:00.000Z', max_delay_sec: 3_600 },
      throttle: { per_second: 5 },
    });
  });

  it('shows a template filled for a customer, and sends it to try it', async () => {
    const { templateId } = await world.makeCampaign();
    const shown = await call('POST', `/v1/templates/${templateId}/render`, { qontak_customer_id: 'c00001' });
    expect(shown.body).toMatchObject({ subject: 'Hi Name1', missing: [] });
    expect(shown.body['html']).toContain('https://cebe.example/u/test"');
    expect(shown.text).not.toContain('/u/w1.');
    const sent = await call('POST', `/v1/templates/${templateId}/test-send`, {
      to: 'me@shop.example',
      qontak_customer_id: 'c00001',
    });
    expect(sent.body).toMatchObject({ provider: 'outbox', missing: [] });
    await call('POST', '/v1/suppressions', { email: 'Me@Shop.example' });
    await engine.settle();
    const refused = await call('POST', `/v1/templates/${templateId}/test-send`, { to: 'me@shop.example' });
    expect([refused.status, refused.body['code']]).toEqual([409, 'address_suppressed']);
    const endless = await call('POST', '/v1/templates', { ...template, html: '{% for i in (1..100000000) %}x{% endfor %}' });
    const looped = await call('POST', `/v1/templates/${String(endless.body['template_id'])}/render`, {
      qontak_customer_id: 'c00001',
    });
    expect(looped.status).toBe(422);
  });
});
