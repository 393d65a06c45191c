import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { buildApi } from '../../api/build-api.js';
import type { Api } from '../../api/route-config.js';
import { campaignFamilyRoutes } from '../../api/routes/campaign-family.routes.js';
import { listOutbox, listOutboxRuns, readOutboxMessage } from '../../channels/outbox/outbox.reader.js';
import { scopes } from '../../contracts/access.js';
import { parsePosition } from '../../runtime/positions.js';
import { createTemplates } from '../../projections/templates/templates.queries.js';
import { openCampaigns, people, SEGMENT, WORKSPACE, type CampaignsUnderTest } from '../support/campaigns.js';

let engine: CampaignsUnderTest;
let api: Api;

type Body = Readonly<Record<string, unknown>>;
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

async function call(method: Method, url: string, payload?: Body, headers: Readonly<Record<string, string>> = {}) {
  const response = await api.inject({
    method,
    url,
    headers: { authorization: 'Bearer cebe_test', ...headers },
    ...(payload === undefined ? {} : { payload }),
  });
  const isJson = response.headers['content-type']?.toString().includes('json') ?? false;
  return {
    status: response.statusCode,
    headers: response.headers,
    text: response.body,
    body: isJson ? response.json<Body>() : {},
  };
}

const template = { name: 'Hello', subject: 'Hi {{ first_name | default: "there" }}', html: '<p>Hello {{ first_name }}</p>' };

async function makeCampaign(): Promise<{ readonly campaignId: string; readonly templateId: string }> {
  const templateId = String((await call('POST', '/v1/templates', template)).body['template_id']);
  const body = {
    name: 'Gold',
    segment_id: SEGMENT,
    template_id: templateId,
    channel: 'email',
    from: 'Shop <hello@shop.example>',
  };
  return { templateId, campaignId: String((await call('POST', '/v1/campaigns', body)).body['campaign_id']) };
}

describe('the API of campaigns', () => {
  beforeEach(async () => {
    engine = await openCampaigns();
    const { deps, runner, eventStore } = engine;
    const outbox = join(engine.folder, 'outbox');
    const templates = createTemplates({
      documents: deps.documents,
      collection: () => runner.readModel('templates').collection(),
    });
    const granted: ReadonlySet<string> = new Set(scopes);
    const principal = { workspace: WORKSPACE, key_id: 'k1', source: 'shop', scopes: granted, actor: 'key:k1' };
    api = buildApi({
      logger: pino({ level: 'silent' }),
      version: '0.0.0-test',
      credentials: { verify: (secret) => (secret === 'cebe_test' ? principal : null) },
      idempotency: {
        claim: () => Promise.resolve({ kind: 'mine', finish: () => Promise.resolve(), forget: () => Promise.resolve() }),
      },
      metrics: new Registry(),
      readiness: () => [],
      routes: [
        campaignFamilyRoutes({
          storeId: eventStore.id,
          clock: deps.clock,
          reads: {
            async of(model, asked, key) {
              const wanted =
                asked.min_position === undefined ? await eventStore.head() : parsePosition(asked.min_position, eventStore.id);
              await runner.waitFor(model, wanted, asked.wait_ms);
              return runner.asOf(model, key);
            },
          },
          commands: engine.module,
          models: { ...deps, templates },
          outbox: {
            runs: (workspace) => listOutboxRuns(outbox, workspace),
            list: (workspace, run_id, page) => listOutbox(outbox, { workspace, run_id }, page),
            read: (workspace, run_id, name) => readOutboxMessage(outbox, { workspace, run_id }, name),
          },
        }),
      ],
    });
    await api.ready();
    await engine.populate(people(4));
  });
  afterEach(async () => {
    await api.close();
    await engine.dispose();
  });

  it('takes a campaign from its template to its funnel', async () => {
    const { campaignId, templateId } = await makeCampaign();
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
    const { campaignId, templateId } = await makeCampaign();
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
    const { templateId } = await makeCampaign();
    const shown = await call('POST', `/v1/templates/${templateId}/render`, { qontak_customer_id: 'c00001' });
    expect(shown.body).toMatchObject({ subject: 'Hi Name1', missing: [] });
    expect(shown.body['html']).toContain('https://cebe.example/u/w1.');
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
    const { campaignId } = await makeCampaign();
    const runId = String((await call('POST', `/v1/campaigns/${campaignId}/launch`)).body['run_id']);
    await engine.untilRun(runId, 'completed');
    const mail = await readOutboxMessage(join(engine.folder, 'outbox'), { workspace: WORKSPACE, run_id: runId }, 'c00002');
    const path = new URL(mail?.unsubscribe_url ?? '').pathname;
    const page = await api.inject({ method: 'GET', url: path });
    expect([page.statusCode, page.headers['content-security-policy']]).toEqual([
      200,
      expect.stringContaining("default-src 'none'"),
    ]);
    expect(await engine.events('consent.withdrawn')).toEqual([]);
    const multipart = { 'content-type': 'multipart/form-data; boundary=x' };
    const payload = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n';
    expect((await api.inject({ method: 'POST', url: path, headers: multipart, payload })).statusCode).toBe(200);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(
      (await api.inject({ method: 'POST', url: path, headers: form, payload: 'List-Unsubscribe=One-Click' })).statusCode,
    ).toBe(200);
    expect((await api.inject({ method: 'POST', url: '/u/w1.nonsense' })).statusCode).toBe(200);
    expect(await engine.events('consent.withdrawn')).toHaveLength(1);
    expect((await call('GET', `/v1/campaign-runs/${runId}/funnel`)).body).toMatchObject({
      steps: { unsubscribed: { people: 1 } },
    });
  });

  it('answers an unsubscribe that cannot be stored with 503', async () => {
    const unsubscribe = engine.module.unsubscribe.unsubscribe;
    Object.assign(engine.module.unsubscribe, { unsubscribe: () => Promise.reject(new Error('away')) });
    const answer = await api.inject({ method: 'POST', url: '/u/w1.token' });
    Object.assign(engine.module.unsubscribe, { unsubscribe });
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '30']);
  });

  it('refuses callbacks that nobody signed', async () => {
    const answer = await api.inject({ method: 'POST', url: `/v1/webhooks/mailgun/${WORKSPACE}`, payload: { signature: {} } });
    expect([answer.statusCode, answer.json<Body>()['code']]).toEqual([406, 'webhook_refused']);
    expect((await api.inject({ method: 'POST', url: '/v1/webhooks/pigeon/w1', payload: {} })).statusCode).toBe(406);
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
    expect(part.headers['content-security-policy']).toMatch(/^sandbox/);
    expect((await call('GET', `/outbox/${runId}/nobody`)).status).toBe(404);
    expect((await api.inject({ method: 'GET', url: '/outbox' })).headers['www-authenticate']).toContain('Basic');
  });
});
