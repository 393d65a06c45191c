import { join } from 'node:path';
import { z } from 'zod';
import { EngineError } from '../../contracts/errors.js';
import { funnelPicture, type FunnelAnswer } from './funnel-picture.js';
import { simulateRecipients } from './recipient-simulator.js';
import type { HttpClient } from '../http-client.js';
import type { Output } from '../output.js';

export interface DemoLoopOptions {
  readonly client: HttpClient;
  readonly output: Output;
  readonly dataDir: string;
  readonly webhookKey: string;
  readonly seed: string;
  readonly workspace: string;
}

/** What the demo did, for `--json`. */
export interface DemoResult {
  readonly segment_id: string;
  readonly members: number;
  readonly run_id: string;
  readonly funnel: FunnelAnswer;
  readonly entered: string;
}

/** The seed rule of the demo: at least two orders within 90 days. */
const loyal = {
  op: 'AND',
  rules: [{ type: 'behavior', event: 'order_created', op: 'did_event', within_days: 90, count_gte: 2 }],
};
/** One order short of it. */
const almost = {
  op: 'AND',
  rules: [{ type: 'behavior', event: 'order_created', op: 'did_event', within_days: 90, count_gte: 1, count_lte: 1 }],
};

const preview = z.looseObject({ count: z.int(), sample: z.array(z.looseObject({ qontak_customer_id: z.string() })) });
const saved = z.looseObject({ position: z.string() });
const segment = z.looseObject({ state: z.string(), member_count: z.int() });
const run = z.looseObject({ state: z.string() });
const funnel = z.looseObject({
  audience: z.int(),
  outcomes: z.record(z.string(), z.int()),
  steps: z.record(
    z.string(),
    z.looseObject({ people: z.int(), total: z.int(), of: z.string(), denominator: z.int(), rate: z.number().optional() }),
  ),
});
const customer = z.looseObject({ segments: z.array(z.looseObject({ segment_id: z.string() })) });

const POLL_MS = 100;
const PATIENCE_MS = 120_000;

/** Segment ▸ campaign ▸ reactions ▸ funnel, and one more event that moves someone into the segment. The customers are imported already. */
export async function runDemoLoop(options: DemoLoopOptions): Promise<DemoResult> {
  const { client, output } = options;
  const previewed = await client.request('POST', '/v1/segments/preview', preview, { body: { rule: loyal } });
  output.note(`preview "at least two orders within 90 days": ${previewed.count.toLocaleString('en')} customers`);

  const began = Date.now();
  const body = { name: 'Two orders in 90 days', rule: loyal };
  const made = await client.request('POST', '/v1/segments', saved.extend({ segment_id: z.string() }), { body });
  const segmentId = made.segment_id;
  const live = await until(
    () =>
      client.request('GET', `/v1/segments/${segmentId}`, segment, { query: { min_position: made.position, wait_ms: 10_000 } }),
    ({ state }) => state === 'live',
  );
  output.note(`segment saved and live after ${String(Date.now() - began)} ms: ${live.member_count.toLocaleString('en')} members`);

  const { runId, position } = await launch(options, segmentId);
  await watchSending(options, { runId, position, members: live.member_count });
  await react(options, runId, live.member_count);

  const entered = await moveSomeoneIn(options, segmentId);
  const answer = await client.request('GET', `/v1/campaign-runs/${runId}/funnel`, funnel, {
    query: { min_position: entered.position },
  });
  output.data({ run_id: runId, funnel: answer }, () => `\n${funnelPicture(answer)}`);
  return { segment_id: segmentId, members: live.member_count, run_id: runId, funnel: answer, entered: entered.customer };
}

async function launch(
  { client, output }: DemoLoopOptions,
  segmentId: string,
): Promise<{ readonly runId: string; readonly position: string }> {
  const template = {
    name: 'Thank you',
    subject: 'New music for {{ first_name | default: "you" }}',
    html: '<p>Hello {{ first_name | default: "there" }},</p><p>you bought from us more than once: <a href="https://shop.example/new">here is what is new</a>.</p>',
  };
  const { template_id: templateId } = await client.request('POST', '/v1/templates', saved.extend({ template_id: z.string() }), {
    body: template,
  });
  const campaign = {
    name: 'Thank you',
    segment_id: segmentId,
    template_id: templateId,
    channel: 'email',
    from: 'Record Shop <news@shop.example>',
  };
  const { campaign_id: campaignId } = await client.request('POST', '/v1/campaigns', saved.extend({ campaign_id: z.string() }), {
    body: campaign,
  });
  const { run_id: runId, position } = await client.request(
    'POST',
    `/v1/campaigns/${campaignId}/launch`,
    saved.extend({ run_id: z.string() }),
  );
  output.note(`campaign launched through the outbox: run ${runId}`);
  return { runId, position };
}

interface Launched {
  readonly runId: string;
  readonly position: string;
  readonly members: number;
}

async function watchSending({ client, output }: DemoLoopOptions, { runId, position, members }: Launched): Promise<void> {
  const bar = output.progress({ label: 'sending', total: members, unit: 'messages' });
  const query = { min_position: position, wait_ms: 10_000 };
  try {
    await until(
      async () => {
        const { outcomes, audience } = await client.request('GET', `/v1/campaign-runs/${runId}/funnel`, funnel, { query });
        bar.update(audience - (outcomes['pending'] ?? 0));
        return client.request('GET', `/v1/campaign-runs/${runId}`, run, { query });
      },
      ({ state }) => state === 'completed',
    );
    bar.update(members);
  } finally {
    bar.finish();
  }
}

async function react(options: DemoLoopOptions, runId: string, members: number): Promise<void> {
  const bar = options.output.progress({ label: 'recipients react', total: members, unit: 'people' });
  try {
    await simulateRecipients({
      engineUrl: options.client.url,
      workspace: options.workspace,
      runId,
      outbox: join(options.dataDir, 'outbox'),
      webhookKey: options.webhookKey,
      seed: options.seed,
      now: Date.now,
      onProgress: (done) => {
        bar.update(done);
      },
    });
  } finally {
    bar.finish();
  }
}

/** Sends one more order for someone who is one short, and reads the customer back. */
async function moveSomeoneIn(
  { client, output }: DemoLoopOptions,
  segmentId: string,
): Promise<{ readonly customer: string; readonly position: string }> {
  const { sample } = await client.request('POST', '/v1/segments/preview', preview, { body: { rule: almost } });
  const [someone] = sample;
  if (someone === undefined)
    throw new EngineError('internal', 'Expected a customer who is one order short of the segment, found none.');
  const id = someone.qontak_customer_id;
  const event = {
    type: 'order_created',
    message_id: `demo-${id}`,
    customer: { qontak_customer_id: id },
    properties: { order_id: `demo-${id}`, amount: '24.90', currency: 'USD', quantity: 2, created_at: new Date().toISOString() },
  };
  const { position } = await client.request('POST', '/v1/events', saved, { body: { events: [event] } });
  const began = Date.now();
  const found = await until(
    () => client.request('GET', `/v1/customers/${id}`, customer, { query: { min_position: position } }),
    ({ segments }) => segments.some(({ segment_id: entered }) => entered === segmentId),
  );
  output.note(
    `one more order for customer ${id}: in the segment ${String(Date.now() - began)} ms later (${String(found.segments.length)} segment)`,
  );
  return { customer: id, position };
}

async function until<Answer>(ask: () => Promise<Answer>, isThere: (answer: Answer) => boolean): Promise<Answer> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (isThere(answer)) return answer;
    if (Date.now() > end)
      throw new EngineError('store_timeout', `Expected the engine to get there within ${String(PATIENCE_MS / 1000)} s.`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
