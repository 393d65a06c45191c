import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listOutboxRuns, readOutboxMessage } from '../../channels/outbox/outbox.reader.js';
import { openCampaignApi, template, type Body, type CampaignApi } from '../support/campaign-api.js';
import { SEGMENT, WORKSPACE } from '../support/campaigns.js';

let engine: CampaignApi['engine'];
let world: CampaignApi;
const call: CampaignApi['call'] = (...request) => world.call(...request);

describe('suppressions, links, callbacks and the outbox over HTTP', () => {
  beforeEach(async () => {
    world = await openCampaignApi();
    ({ engine } = world);
  });
  afterEach(async () => {
    await world.dispose();
  });

  it('keeps the suppression list', async () => {
    const added = await call('POST', '/v1/suppressions', { email: 'a@mail.example', reason: 'complained' });
    expect(added.status).toBe(201);
    expect((await call('POST', '/v1/suppressions', { email: 'A@mail.example' })).status).toBe(200);
    const entries = [
      { email: 'b@mail.example', reason: 'bounced' },
      { email: 'nonsense' },
      { email: 'a@mail.example' },
      { email: 'c@mail.example' },
    ];
    const imported = await call('POST', '/v1/suppressions/import', { suppressions: entries });
    expect(imported.body).toMatchObject({ added: 2, known: 1, invalid: [{ index: 1 }] });
    const list = await call('GET', '/v1/suppressions?count=exact');
    expect(list.body).toMatchObject({ total: 3 });
    expect(list.text).not.toContain('mail.example');
    const one = await call('GET', '/v1/suppressions?email=b%40mail.example');
    expect(one.body['data']).toMatchObject([{ reason: 'bounced' }]);
    expect((await call('DELETE', '/v1/suppressions', { email: 'b@mail.example', reason: 'They asked.' })).status).toBe(200);
    expect((await call('DELETE', `/v1/suppressions?address_hash=${String(added.body['address_hash'])}`)).status).toBe(200);
    expect((await call('GET', '/v1/suppressions?count=exact')).body).toMatchObject({ total: 1 });
    expect((await call('DELETE', '/v1/suppressions')).status).toBe(400);
  });

  it('unsubscribes by a POST without a credential, and by nothing else', async () => {
    const { campaignId } = await world.makeCampaign();
    const runId = String((await call('POST', `/v1/campaigns/${campaignId}/launch`)).body['run_id']);
    await engine.untilRun(runId, 'completed');
    const mail = await readOutboxMessage(world.outbox, { workspace: WORKSPACE, run_id: runId }, 'c00002');
    const path = new URL(mail?.unsubscribe_url ?? '').pathname;
    const page = await world.api.inject({ method: 'GET', url: path });
    expect([page.statusCode, page.headers['content-security-policy']]).toEqual([
      200,
      expect.stringContaining("default-src 'none'"),
    ]);
    expect(await engine.events('consent.withdrawn')).toEqual([]);
    const multipart = { 'content-type': 'multipart/form-data; boundary=x' };
    const payload = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n';
    expect((await world.api.inject({ method: 'POST', url: path, headers: multipart, payload })).statusCode).toBe(200);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(
      (await world.api.inject({ method: 'POST', url: path, headers: form, payload: 'List-Unsubscribe=One-Click' })).statusCode,
    ).toBe(200);
    expect((await world.api.inject({ method: 'POST', url: '/u/w1.nonsense' })).statusCode).toBe(200);
    const [withdrawn, ...more] = await engine.events('consent.withdrawn');
    expect([withdrawn?.data.sealed.map(({ fields }) => fields), more]).toEqual([[['ip']], []]);
    expect(withdrawn?.data.plain).toMatchObject({ method: 'opt_out', via: runId });
    expect((await call('GET', `/v1/campaign-runs/${runId}/funnel`)).body).toMatchObject({
      steps: { unsubscribed: { people: 1 } },
    });
  });

  it('unsubscribes nobody by the link of a preview or a test send', async () => {
    const { templateId } = await world.makeCampaign();
    const body = { to: 'me@shop.example', qontak_customer_id: 'c00001' };
    expect((await call('POST', `/v1/templates/${templateId}/test-send`, body)).status).toBe(200);
    const [run] = await listOutboxRuns(world.outbox, WORKSPACE);
    const mail = await readOutboxMessage(world.outbox, { workspace: WORKSPACE, run_id: run?.run_id ?? '' }, 'c00001');
    expect(mail?.unsubscribe_url).toBe('https://cebe.example/u/test');
    for (const method of ['GET', 'POST'] as const) {
      const page = await world.api.inject({ method, url: '/u/test' });
      expect([page.statusCode, page.body]).toEqual([200, expect.stringContaining('This is a test')]);
    }
    expect(await engine.events('consent.withdrawn')).toEqual([]);
  });

  it('unsubscribes whatever the body is, and answers any token alike', async () => {
    const { campaignId } = await world.makeCampaign();
    const runId = String((await call('POST', `/v1/campaigns/${campaignId}/launch`)).body['run_id']);
    await engine.untilRun(runId, 'completed');
    const mail = await readOutboxMessage(world.outbox, { workspace: WORKSPACE, run_id: runId }, 'c00001');
    const { pathname } = new URL(mail?.unsubscribe_url ?? '');
    const post = async (url: string, headers: Readonly<Record<string, string>> = {}, payload = '') => {
      const answer = await world.api.inject({ method: 'POST', url, headers, payload });
      return [answer.statusCode, /You are unsubscribed/.test(answer.body)];
    };
    const bodies: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
      [{ 'content-type': 'text/plain' }, 'x'.repeat(100_000)],
      [{ 'content-encoding': 'gzip', 'content-type': 'application/x-www-form-urlencoded' }, 'garbage'],
      [{ 'content-encoding': 'br' }, 'x'],
      [{ 'content-type': 'no media type' }, 'x'],
    ];
    for (const [headers, payload] of bodies) expect(await post(pathname, headers, payload)).toEqual([200, true]);
    expect(await engine.events('consent.withdrawn')).toHaveLength(1);
    for (const token of ['x'.repeat(5_000), `w1.${'x'.repeat(5_000)}`, 'a/b', '%zz', 'w1.%00']) {
      expect(await post(`/u/${token}`)).toEqual([200, true]);
      expect((await world.api.inject({ url: `/u/${token}` })).statusCode).toBe(200);
    }
    const head = await world.api.inject({ method: 'HEAD', url: pathname });
    expect([head.statusCode, head.body]).toEqual([200, '']);
    expect(await engine.events('consent.withdrawn')).toHaveLength(1);
  });

  it('answers an unsubscribe that cannot be stored with 503', async () => {
    Object.assign(engine.module.unsubscribe, { unsubscribe: () => Promise.reject(new Error('away')) });
    const answer = await world.api.inject({ method: 'POST', url: '/u/w1.token' });
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '30']);
  });

  it('refuses callbacks that nobody signed', async () => {
    const answer = await world.api.inject({
      method: 'POST',
      url: `/v1/webhooks/mailgun/${WORKSPACE}`,
      payload: { signature: {} },
    });
    expect([answer.statusCode, answer.json<Body>()['code']]).toEqual([406, 'webhook_refused']);
    expect((await world.api.inject({ method: 'POST', url: '/v1/webhooks/pigeon/w1', payload: {} })).statusCode).toBe(406);
  });

  it('shows the outbox in pages that run nothing', async () => {
    const html = '<p>Hello</p><script>alert(1)</script>';
    const templateId = String(
      (await call('POST', '/v1/templates', { ...template, subject: '<b>Hi</b>', html })).body['template_id'],
    );
    const body = { name: 'Gold', segment_id: SEGMENT, template_id: templateId, from: 'Shop <hello@shop.example>' };
    const campaignId = String((await call('POST', '/v1/campaigns', body)).body['campaign_id']);
    const runId = String((await call('POST', `/v1/campaigns/${campaignId}/launch`)).body['run_id']);
    await engine.untilRun(runId, 'completed');
    const runs = await call('GET', '/outbox');
    expect(runs.text).toContain(`<a href="/outbox/${runId}">`);
    const list = await call('GET', `/outbox/${runId}`);
    expect(list.text).toContain('c00003@mail.example');
    expect(list.text).toContain('&lt;b&gt;Hi&lt;/b&gt;');
    const message = await call('GET', `/outbox/${runId}/c00003`);
    expect(message.text).not.toContain('<script>');
    expect(message.headers['content-security-policy']).toContain("frame-src 'self'");
    const part = await call('GET', `/outbox/${runId}/c00003/html`);
    expect(part.headers['content-security-policy']).toMatch(/^sandbox allow-popups allow-popups-to-escape-sandbox;/);
    expect(message.text).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"');
    expect(part.text).toContain('<base target="_blank">');
    expect(message.text).toMatch(/<a href="http[^"]+\/u\/[^"]+" target="_blank" rel="noopener">/);
    expect((await call('GET', `/outbox/${runId}/nobody`)).status).toBe(404);
    const stranger = await world.api.inject({ method: 'GET', url: '/outbox', headers: { 'sec-fetch-mode': 'navigate' } });
    expect([stranger.headers['www-authenticate']].flat()[0]).toMatch(/^Basic /);
  });
});
