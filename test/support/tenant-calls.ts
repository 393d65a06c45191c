import type { PlantedWorkspace } from './planted-workspace.js';

/** One call that is made with the key of another workspace, and the statuses that are right. */
export interface TenantCall {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expect: readonly number[];
}

const ABSENT = [403, 404] as const;
const OWN = [200, 201, 202, 204] as const;
/** Refused for what it names. */
const REFUSED = [400, 403, 404, 409, 422] as const;
const rule = { op: 'AND', rules: [{ type: 'attribute', field: 'plan', op: 'eq', value: 'none' }] };

/** The calls of the Segment protocol, by their long and their short paths. */
const segmentCalls: ReadonlyMap<string, string> = new Map(
  ['alias', 'group', 'identify', 'page', 'screen', 'track'].flatMap((type) => [
    [type, type],
    [type.slice(0, 1), type],
  ]),
);

/** What to try on each route, by its method and path. Every route has a line: what it names must stay unseen. */
export function tenantCalls({ ids, workspace }: PlantedWorkspace): Readonly<Record<string, readonly TenantCall[]>> {
  const absent = (path: Readonly<Record<string, string>>, body?: object): readonly TenantCall[] => [
    { path, expect: ABSENT, ...(body === undefined ? {} : { body }) },
  ];
  const at = `?min_position=${encodeURIComponent(ids.position)}&wait_ms=30000`;
  const own: readonly TenantCall[] = [{ expect: OWN }];
  const list: readonly TenantCall[] = [{ query: at, expect: OWN }];
  const open: readonly TenantCall[] = [{ expect: [200, 302, 404] }];
  const [segment, template] = [absent({ id: ids.segment }), absent({ id: ids.template })];
  const [campaign, draft, run] = [absent({ id: ids.campaign }), { id: ids.draft }, absent({ run_id: ids.run })];
  const [segmentBody, templateBody] = [
    { name: 'n', rule },
    { name: 'n', subject: 's', html: '<p>h</p>' },
  ];
  const source = absent({ source: ids.source });
  const campaignBody = { name: 'n', segment_id: ids.segment, template_id: ids.template, from: 'news@other.example' };
  const event = {
    ...{ type: 'customer.updated', message_id: 'm-0', customer: { qontak_customer_id: ids.customer } },
    properties: { city: 'Oslo' },
  };
  const theirs = (body?: object): readonly TenantCall[] => absent({ id: ids.customer.replace('-0', '-1') }, body);
  const call = { messageId: 'm-0', userId: ids.customer, event: 'Seen', name: 'Page', groupId: 'g', previousId: 'v-1' };
  return {
    'GET /': open,
    'GET /docs': open,
    'GET /docs/*': open,
    'GET /livez': open,
    'GET /readyz': open,
    'GET /metrics': open,
    'GET /openapi.json': open,
    'GET /asyncapi.json': open,
    'GET /u/*': open,
    'POST /u/*': [{ expect: [200, 400, 404, 415] }],
    'GET /outbox': own,
    'GET /outbox/:run': absent({ run: ids.run }),
    'GET /outbox/:run/:name': absent({ run: ids.run, name: ids.message_file }),
    'GET /outbox/:run/:name/html': absent({ run: ids.run, name: ids.message_file }),
    'POST /v1/events': [
      { body: { events: [event] }, expect: [200] },
      { query: `?mode=backfill&import=${ids.import}`, body: { events: [event] }, expect: ABSENT },
    ],
    ...Object.fromEntries(
      [...segmentCalls].map(([path, type]) => [`POST /v1/${path}`, [{ body: { ...call, type }, expect: [200] }]]),
    ),
    'POST /v1/batch': [{ body: { batch: [{ ...call, type: 'track' }] }, expect: [200] }],
    'POST /v1/b': [{ body: { batch: [{ ...call, type: 'track' }] }, expect: [200] }],
    'GET /v1/events/tail': [{ query: `?after=${encodeURIComponent(ids.position)}`, expect: [200] }],
    'GET /v1/streams/:name': ['customer', 'segment', 'template', 'campaign', 'draft', 'key', 'import'].flatMap((name) => {
      const category = { draft: 'campaign', key: 'access' }[name] ?? name;
      const id = Object.entries(ids).find(([known]) => known === name)?.[1] ?? '';
      return absent({ name: `${category}-${workspace}.${id}` });
    }),
    'GET /v1/imports': list,
    'POST /v1/imports': [{ body: { label: 'mine' }, expect: OWN }],
    'POST /v1/imports/:id/finish': absent({ id: ids.import }),
    'GET /v1/ingest/statistics': own,
    'GET /v1/sources': list,
    'GET /v1/sources/:source/plan': source,
    'PUT /v1/sources/:source/plan': [{ path: { source: 'mine' }, body: {}, expect: OWN }],
    'DELETE /v1/sources/:source/plan': source,
    'POST /v1/sources/:source/plan/check': absent({ source: ids.source }, {}),
    'POST /v1/sources/:source/plan/publish': absent({ source: ids.source }, { draft: 1 }),
    'GET /v1/sources/:source/violations': source,
    'GET /v1/customers': [...list, ...['email=main-0@main-mail.example'].map((query) => ({ query: `?${query}`, expect: OWN }))],
    'GET /v1/customers/:id': absent({ id: ids.customer.replace('-0', '-1') }),
    'GET /v1/customers/:id/timeline': absent({ id: ids.customer.replace('-0', '-1') }),
    'GET /v1/customers/:id/erasure': absent({ id: ids.erased }),
    'GET /v1/customers/:id/export': theirs().map((one) => ({ ...one, headers: { 'reveal-reason': 'asked' } })),
    'POST /v1/customers/:id/erase': theirs({ reason: 'asked' }),
    'POST /v1/customers/:id/erasure/decline': theirs({ reason: 'asked' }),
    'POST /v1/customers/:id/reopen': theirs({ reason: 'asked' }),
    'POST /v1/customers/:id/merge': theirs({ with: ids.customer, reason: 'the same' }),
    'POST /v1/customers/:id/unmerge': theirs({ with: ids.customer, reason: 'not the same' }),
    'GET /v1/erasures': list,
    'GET /v1/customers/:id/consent': theirs(),
    'GET /v1/customers/:id/consent/export': theirs(),
    'POST /v1/customers/:id/consent': [
      { path: { id: ids.customer.replace('-0', '-1') }, body: { purpose: 'marketing', state: 'withdrawn' }, expect: ABSENT },
    ],
    'GET /v1/consent/topics': list,
    'PUT /v1/consent/topics': [{ body: { topics: [{ purpose: 'tips', label: 'Tips' }] }, expect: OWN }],
    'GET /v1/segments': list,
    'POST /v1/segments': [{ body: segmentBody, expect: OWN }],
    'GET /v1/segments/:id': segment,
    'PUT /v1/segments/:id': absent({ id: ids.segment }, segmentBody),
    'DELETE /v1/segments/:id': segment,
    'GET /v1/segments/:id/members': segment,
    'GET /v1/segments/:id/history': segment,
    'POST /v1/segments/:id/recompute': segment,
    'POST /v1/segments/preview': [
      { body: { rule: { ...rule, rules: [{ ...rule.rules[0], value: 'plan-of-main' }] } }, expect: [200] },
    ],
    'POST /v1/segments/explain': [{ body: { rule, qontak_customer_id: ids.customer.replace('-0', '-1') }, expect: ABSENT }],
    'GET /v1/templates': list,
    'POST /v1/templates': [{ body: templateBody, expect: OWN }],
    'GET /v1/templates/:id': template,
    'PUT /v1/templates/:id': absent({ id: ids.template }, templateBody),
    'POST /v1/templates/:id/render': absent({ id: ids.template }, { qontak_customer_id: ids.customer }),
    'POST /v1/templates/:id/test-send': absent({ id: ids.template }, { to: 'me@other.example' }),
    'GET /v1/campaigns': list,
    'POST /v1/campaigns': [{ body: campaignBody, expect: REFUSED }],
    'GET /v1/campaigns/:id': campaign,
    'PUT /v1/campaigns/:id': absent(draft, campaignBody),
    'GET /v1/campaigns/:id/preflight': absent(draft),
    'POST /v1/campaigns/:id/launch': absent(draft),
    'GET /v1/campaign-runs': list,
    'GET /v1/campaign-runs/:run_id': run,
    'GET /v1/campaign-runs/:run_id/funnel': run,
    'GET /v1/campaign-runs/:run_id/messages': run,
    'GET /v1/campaign-runs/:run_id/failures': run,
    'POST /v1/campaign-runs/:run_id/pause': run,
    'POST /v1/campaign-runs/:run_id/resume': run,
    'POST /v1/campaign-runs/:run_id/cancel': run,
    'POST /v1/campaign-runs/:run_id/retry-failed': run,
    'GET /v1/suppressions': list,
    'POST /v1/suppressions': [{ body: { email: 'main-gone@main-mail.example', reason: 'manual' }, expect: [201] }],
    'DELETE /v1/suppressions': [{ query: '?email=main-1%40main-mail.example', expect: [...OWN, ...REFUSED] }],
    'POST /v1/suppressions/import': [{ body: { suppressions: [{ email: 'x@other.example', reason: 'manual' }] }, expect: OWN }],
    'POST /v1/webhooks/:provider/:workspace': [{ path: { provider: 'mailgun', workspace }, body: {}, expect: [...REFUSED, 406] }],
    'GET /v1/dead-letters': [
      ...list,
      ...['message', 'webhook', 'projection'].map((kind) => ({ query: `?kind=${kind}`, expect: OWN })),
    ],
    'GET /v1/dead-letters/groups': list,
    'GET /v1/dead-letters/:id': absent({ id: ids.letter }),
    'POST /v1/dead-letters/:id/retry': absent({ id: ids.letter }),
    'POST /v1/dead-letters/:id/drop': absent({ id: ids.letter }),
    'POST /v1/dead-letters/retry': [{ body: { kind: 'ingest', group: ids.group }, expect: [200] }],
    'GET /v1/projections': own,
    // Projections are the engine's: whoever may command them sees figures, and no data.
    'POST /v1/projections/:name/rebuild': [{ path: { name: 'templates' }, query: '?follow=true', expect: OWN }],
    'POST /v1/projections/:name/switch': absent({ name: 'templates' }),
    'POST /v1/projections/:name/verify': [{ path: { name: 'templates' }, query: '?follow=true', expect: OWN }],
    'POST /v1/keys': [{ body: { name: 'mine', source: 'mine', role: 'module' }, expect: OWN }],
    'GET /v1/keys': list,
    'POST /v1/keys/:id/rotate': absent({ id: ids.key }, {}),
    'DELETE /v1/keys/:id': absent({ id: ids.key }),
    'GET /v1/workspace': list,
    'PATCH /v1/workspace': [{ body: { postal_address: 'Elsewhere 1' }, expect: OWN }],
  };
}
