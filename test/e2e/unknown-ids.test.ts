import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listCursor } from '../../api/queries/list-cursor.js';
import { operationsOf, type Operation } from '../support/arbitrary-requests.js';
import { openEngineUnderTest, type EngineUnderTest } from '../support/engine.js';
import { PATIENCE_MS } from '../support/patience.js';

const TOKEN = 'cebe_local_test';
const rule = { op: 'AND', rules: [{ type: 'attribute', field: 'city', op: 'eq', value: 'Mumbai' }] };
const from = 'news@shop.example';

/** A body that the call takes, for calls that want one. */
const bodies: Readonly<Record<string, object>> = {
  'PUT /v1/segments/{id}': { name: 'n', rule },
  'PUT /v1/templates/{id}': { name: 'n', subject: 's', html: '<p>h</p>' },
  'PUT /v1/campaigns/{id}': { name: 'n', segment_id: 'none', template_id: 'none', from },
  'POST /v1/keys/{id}/rotate': {},
  'POST /v1/sources/{source}/plan/publish': { draft: 1 },
  'POST /v1/customers/{id}/consent': { purpose: 'marketing', state: 'withdrawn' },
  'POST /v1/customers/{id}/erase': { reason: 'r' },
  'POST /v1/customers/{id}/erasure/decline': { reason: 'r' },
  'POST /v1/customers/{id}/reopen': { reason: 'r' },
  'POST /v1/customers/{id}/merge': { with: '7', reason: 'r' },
  'POST /v1/customers/{id}/unmerge': { with: '7', reason: 'r' },
  'POST /v1/templates/{id}/render': { qontak_customer_id: '7' },
  'POST /v1/templates/{id}/test-send': { to: 'ani@mail.example' },
};
/** Refuses unknown providers and workspaces by its own code: whoever calls is not told which there are. */
const WEBHOOK = '/v1/webhooks/{provider}/{workspace}';
/** What pages further on are asked for by. */
const further: Readonly<Record<string, string>> = {
  '/v1/customers/{id}/timeline': `?cursor=${listCursor('timeline').write(JSON.stringify({ position: '9', revisions: {} })) ?? ''}`,
  '/v1/streams/{name}': '?from=9',
};

describe('a call about something that does not exist', () => {
  let open: EngineUnderTest;
  let operations: readonly Operation[];
  beforeAll(async () => {
    open = await openEngineUnderTest({ token: TOKEN });
    const document: unknown = JSON.parse((await open.engine.api.inject({ url: '/openapi.json' })).body);
    // A plan is drafted for any source.
    const makes = ({ method, path }: Operation): boolean => method === 'PUT' && path === '/v1/sources/{source}/plan';
    operations = operationsOf(document, [WEBHOOK]).filter((operation) => operation.path.includes('{') && !makes(operation));
  });
  afterAll(() => open.close());

  async function ask({ method, path }: Operation, id: string, key: string): Promise<string> {
    const body = bodies[`${method} ${path}`];
    const url = path.replace(/\{\w+\}/g, encodeURIComponent(id)) + (further[path] ?? '');
    const { status, body: answer } = await open.call(method, url, { key, ...(body === undefined ? {} : { body }) });
    return `${method} ${path} ${id} ▸ ${status} ${String(answer['code'])}`;
  }

  it.each(['none', 'ingest:none', 'message:none', 'projection:none', 'webhook:none', 'a/b'])(
    'is answered 404 not_found, whatever the call: %j',
    async (id) => {
      expect(operations.length).toBeGreaterThan(25);
      const answers: string[] = [];
      for (const operation of operations) answers.push(await ask(operation, id, TOKEN));
      expect(answers.filter((answer) => !answer.endsWith('▸ 404 not_found'))).toEqual([]);
    },
  );

  it('is answered the same when it exists in another workspace', async () => {
    const segment = (await open.call('POST', '/v1/segments', { body: { name: 'n', rule } })).body;
    const segmentId = String(segment['segment_id']);
    const template = { name: 'n', subject: 's', html: '<p>h</p>' };
    const templateId = String((await open.call('POST', '/v1/templates', { body: template })).body['template_id']);
    const campaign = { name: 'n', segment_id: segmentId, template_id: templateId, from };
    const { campaign_id: campaignId, position } = (await open.call('POST', '/v1/campaigns', { body: campaign })).body;
    expect((await open.call('GET', `/v1/campaigns/${String(campaignId)}?min_position=${String(position)}`)).status).toBe(200);
    const below = (path: string): readonly Operation[] => operations.filter((one) => one.path.startsWith(path));
    const answers: string[] = [];
    const elsewhere = { workspace: 'other', actor: 'test', at: new Date().toISOString() };
    await open.engine.modules.access.createWorkspace({ name: 'Other', timeZone: 'UTC' }, elsewhere);
    const other = await open.engine.modules.access.createKey({ name: 'owner', source: 'bi', role: 'owner' }, elsewhere);
    for (const model of ['api-keys', 'workspaces']) await open.engine.runner.waitFor(model, other.position, PATIENCE_MS);
    for (const one of below('/v1/segments/{')) answers.push(await ask(one, segmentId, other.key));
    for (const one of below('/v1/templates/{')) answers.push(await ask(one, templateId, other.key));
    for (const one of below('/v1/campaigns/{')) answers.push(await ask(one, String(campaignId), other.key));
    expect(answers.filter((answer) => !answer.endsWith('▸ 404 not_found'))).toEqual([]);
  });
});
