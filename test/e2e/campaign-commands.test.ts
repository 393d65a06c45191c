import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { openEngineOnHttp, type EngineOnHttp } from '../support/engine-on-http.js';

const saved = z.looseObject({ position: z.string() });
const rule = { op: 'AND', rules: [{ type: 'attribute', field: 'plan', op: 'eq', value: 'gold' }] };

let engine: EngineOnHttp;
let campaignId: string;

/** Two gold customers, a live segment of them, a template and a campaign: through the API, as a person would. */
async function prepare({ client }: EngineOnHttp): Promise<string> {
  const events = ['ada', 'bob'].map((id) => ({
    type: 'customer.created',
    message_id: `m-${id}`,
    customer: { qontak_customer_id: id, identifiers: { email: `${id}@mail.example` } },
    properties: { first_name: id, plan: 'gold' },
  }));
  await client.request('POST', '/v1/events', saved, { body: { events } });
  const body = { name: 'Gold', rule };
  const segment = await client.request('POST', '/v1/segments', saved.extend({ segment_id: z.string() }), { body });
  const content = { name: 'Hello', subject: 'Hi', html: '<p>Hi {{ first_name }}</p>' };
  const template = await client.request('POST', '/v1/templates', saved.extend({ template_id: z.string() }), { body: content });
  const definition = {
    name: 'Hello gold',
    segment_id: segment.segment_id,
    template_id: template.template_id,
    channel: 'email',
    from: 'Shop <hello@shop.example>',
  };
  const made = await client.request('POST', '/v1/campaigns', saved.extend({ campaign_id: z.string() }), { body: definition });
  return made.campaign_id;
}

describe('cebe campaign', () => {
  beforeAll(async () => {
    engine = await openEngineOnHttp();
    campaignId = await prepare(engine);
  });
  afterAll(async () => {
    await engine.close();
  });

  it('launches, watches and shows the funnel, once', async () => {
    const run = await engine.cebe('campaign', 'launch', campaignId, '--watch', '--json');
    expect(run).toMatchObject({ exitCode: 0 });
    const answer = z.looseObject({ run_id: z.string(), state: z.string() }).parse(JSON.parse(run.stdout));
    expect(answer).toMatchObject({ state: 'completed', audience: 2, outcomes: { sent: 2 } });
    const status = await engine.cebe('campaign', 'status', answer.run_id);
    expect(status).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/completed\n.*audience +2/s) });
    expect(status.stdout).toMatch(/^Hello gold, started 20/);
    expect((await engine.cebe('campaign', 'status')).stdout).toMatch(new RegExp(`Hello gold +${answer.run_id}`));
    expect(await engine.cebe('campaign', 'launch', campaignId)).toMatchObject({ exitCode: 1, stdout: '' });
    expect(await engine.cebe('campaign', 'pause', answer.run_id)).toMatchObject({ exitCode: 1 });
    const retried = await engine.cebe('campaign', 'retry-failed', answer.run_id);
    expect(retried).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('no message had failed') });
  });

  it('asks before it cancels, and cannot ask off a terminal', async () => {
    expect(await engine.cebe('campaign', 'cancel', 'any-run')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await engine.cebe('campaign', 'cancel', 'any-run', '--yes')).toMatchObject({ exitCode: 1, stdout: '' });
  });
});
