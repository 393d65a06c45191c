import { join } from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { buildApi } from '../../api/build-api.js';
import type { Api } from '../../api/route-config.js';
import { campaignFamilyRoutes } from '../../api/routes/campaign-family.routes.js';
import { listOutbox, listOutboxRuns, readOutboxMessage } from '../../channels/outbox/outbox.reader.js';
import { scopes } from '../../contracts/access.js';
import { createTemplates } from '../../projections/templates/templates.queries.js';
import { parsePosition } from '../../runtime/positions.js';
import { people } from './campaign-people.js';
import { openCampaigns, SEGMENT, WORKSPACE, type CampaignsUnderTest } from './campaigns.js';
import { PATIENCE_MS } from './patience.js';

export type Body = Readonly<Record<string, unknown>>;
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What was answered; `body` of JSON only. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly body: Body;
}

/** The API of campaigns with four customers in a segment, and a key that may do everything. */
export interface CampaignApi {
  readonly engine: CampaignsUnderTest;
  readonly api: Api;
  /** The folder of the outbox. */
  readonly outbox: string;
  call(method: Method, url: string, payload?: Body, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  makeCampaign(): Promise<{ readonly campaignId: string; readonly templateId: string }>;
  dispose(): Promise<void>;
}

export const template = {
  name: 'Hello',
  subject: 'Hi {{ first_name | default: "there" }}',
  html: '<p>Hello {{ first_name }}</p>',
};

/** Opens it. */
export async function openCampaignApi(): Promise<CampaignApi> {
  const engine = await openCampaigns();
  const { deps, runner, eventStore } = engine;
  const outbox = join(engine.folder, 'outbox');
  const templates = createTemplates({ documents: deps.documents, collection: () => runner.readModel('templates').collection() });
  const granted: ReadonlySet<string> = new Set(scopes);
  const principal = { workspace: WORKSPACE, key_id: 'k1', source: 'shop', scopes: granted, actor: 'key:k1' };
  const nothing = () => Promise.resolve();
  const api = buildApi({
    logger: pino({ level: 'silent' }),
    version: '0.0.0-test',
    credentials: { verify: (secret) => (secret === 'cebe_test' ? principal : null) },
    idempotency: { claim: () => Promise.resolve({ kind: 'mine', finish: nothing, forget: nothing }) },
    metrics: new Registry(),
    readiness: () => [],
    routes: [
      campaignFamilyRoutes({
        storeId: eventStore.id,
        clock: deps.clock,
        reads: {
          async of(model, asked, key) {
            const { min_position: asks } = asked;
            const wanted = asks === undefined ? await eventStore.head() : parsePosition(asks, eventStore.id);
            await runner.waitFor(model, wanted, PATIENCE_MS);
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

  async function call(
    method: Method,
    url: string,
    payload?: Body,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const credential = { authorization: 'Bearer cebe_test' };
    const given = payload === undefined ? {} : { payload };
    const response = await api.inject({ method, url, headers: { ...credential, ...headers }, ...given });
    const isJson = response.headers['content-type']?.toString().includes('json') ?? false;
    return {
      status: response.statusCode,
      headers: response.headers,
      text: response.body,
      body: isJson ? response.json<Body>() : {},
    };
  }

  return {
    engine,
    api,
    outbox,
    call,
    async makeCampaign() {
      const templateId = String((await call('POST', '/v1/templates', template)).body['template_id']);
      const from = 'Shop <hello@shop.example>';
      const body = { name: 'Gold', segment_id: SEGMENT, template_id: templateId, channel: 'email', from };
      return { templateId, campaignId: String((await call('POST', '/v1/campaigns', body)).body['campaign_id']) };
    },
    async dispose() {
      await api.close();
      await engine.dispose();
    },
  };
}
