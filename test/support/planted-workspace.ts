import { z } from 'zod';
import type { EngineUnderTest } from './engine.js';
import { eventually } from './eventually.js';

/** What a workspace holds that another one must never see, by the names in which calls ask for it. */
export interface PlantedWorkspace {
  readonly workspace: string;
  /** The owner's. */
  readonly key: string;
  readonly ids: Readonly<Record<IdName, string>>;
  /** Texts that stand in its data only. */
  readonly secrets: readonly string[];
}

type IdName =
  | 'key'
  | 'customer'
  | 'segment'
  | 'template'
  | 'campaign'
  | 'draft'
  | 'run'
  | 'import'
  | 'letter'
  | 'position'
  | 'erased'
  | 'source'
  | 'group'
  | 'message_file';

const PEOPLE = 60;
const text = z.coerce.string();

/** Fills a workspace with one of everything, through the API: people, segment, template, a campaign that ran, a dead letter, an import, a key. */
export async function plantWorkspace(open: EngineUnderTest, workspace: string, key: string): Promise<PlantedWorkspace> {
  const secret = (what: string): string => `${what}-of-${workspace}`;
  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'PUT', url: string, body?: object) => {
    const answer = await open.call(method, url, { key, ...(body === undefined ? {} : { body }) });
    if (answer.status >= 300) throw new Error(`${method} ${url} ▸ ${answer.status} ${answer.text}`);
    return answer;
  };
  const idOf = async (url: string, field: string, body: object): Promise<string> =>
    text.parse((await call('POST', url, body)).body[field]);
  await call('PATCH', '/v1/workspace', { postal_address: secret('street') });
  const people = Array.from({ length: PEOPLE }, (_, index) => ({
    type: 'customer.created',
    message_id: `m-${index}`,
    customer: {
      qontak_customer_id: `c-${workspace}-${index}`,
      identifiers: { email: `${workspace}-${index}@${workspace}-mail.example` },
    },
    properties: { first_name: secret('name'), plan: secret('plan') },
  }));
  const refused = {
    type: 'order_created',
    message_id: secret('refused'),
    customer: { qontak_customer_id: 'x x' },
    properties: {},
  };
  await call('POST', '/v1/events', { events: [...people, refused] });
  const rule = { op: 'AND', rules: [{ type: 'attribute', field: 'plan', op: 'eq', value: secret('plan') }] };
  const segment = await idOf('/v1/segments', 'segment_id', { name: secret('segment'), rule });
  const content = { name: secret('template'), subject: secret('subject'), html: `<p>${secret('html')}</p>` };
  const template = await idOf('/v1/templates', 'template_id', content);
  const definition = { name: secret('campaign'), segment_id: segment, template_id: template, from: 'news@shop.example' };
  const campaign = await idOf('/v1/campaigns', 'campaign_id', definition);
  const draft = await idOf('/v1/campaigns', 'campaign_id', { ...definition, name: secret('draft') });
  const run = await idOf(`/v1/campaigns/${campaign}/launch`, 'run_id', {});
  await eventually('the run to end', async () => {
    const { body } = await open.call('GET', `/v1/campaign-runs/${run}`, { key });
    return body['state'] === 'completed' ? body : null;
  });
  const imported = await idOf('/v1/imports', 'import_id', { label: secret('import') });
  const erased = `c-${workspace}-${PEOPLE - 1}`;
  await call('POST', `/v1/customers/${erased}/erase`, { reason: 'asked' });
  const position = await idOf('/v1/suppressions', 'position', {
    email: `${workspace}-gone@${workspace}-mail.example`,
    reason: 'manual',
  });
  await call('PUT', `/v1/sources/source_${workspace}/plan`, { types: { [`type_of_${workspace}`]: {} } });
  const made = await call('POST', '/v1/keys', { name: secret('key'), source: `source_${workspace}`, role: 'module' });
  const letters = z
    .object({ data: z.array(z.object({ id: z.string(), group: z.string() })) })
    .parse((await call('GET', `/v1/dead-letters?min_position=${position}`)).body);
  const outbox = (await call('GET', `/outbox/${run}`)).text;
  return {
    workspace,
    key,
    ids: {
      ...{ customer: `c-${workspace}-0`, segment, template, campaign, draft, run, import: imported, position, erased },
      key: text.parse(made.body['key_id']),
      source: `source_${workspace}`,
      letter: letters.data[0]?.id ?? '',
      group: letters.data[0]?.group ?? '',
      message_file: new RegExp(`/outbox/${run}/([^"]+)`).exec(outbox)?.[1] ?? '',
    },
    secrets: ['street', 'name', 'plan', 'refused', 'segment', 'template', 'subject', 'html', 'campaign', 'draft', 'import', 'key']
      .map(secret)
      .concat(
        `source_${workspace}`,
        `type_of_${workspace}`,
        `c-${workspace}-1`,
        `@${workspace}-mail.example`,
        segment,
        template,
        campaign,
        draft,
        run,
        imported,
      ),
  };
}
