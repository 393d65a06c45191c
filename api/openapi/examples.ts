const rule = {
  op: 'AND',
  rules: [
    { type: 'attribute', field: 'city', op: 'eq', value: 'Mumbai' },
    { type: 'behavior', event: 'order_created', op: 'did_event', within_days: 30, count_gte: 1 },
  ],
};
const order = { order_id: 'hello-1', amount: '42.00', currency: 'USD', quantity: 2, created_at: '2026-11-22T09:30:00Z' };
const counts = { accepted: 120, duplicate: 3, quarantined: 1 };

/** What a field of this name may hold, wherever it stands. */
export const fieldExamples: Readonly<Record<string, unknown>> = {
  rule,
  qontak_customer_id: '00001',
  name: 'Buyers of this month',
  at: '2026-11-22T09:30:00.000Z',
  first: '2026-10-02T08:00:00.000Z',
  last: '2026-11-22T09:30:00.000Z',
  counts,
  totals: counts,
  outcomes: { sent: 118, failed: 1, suppressed: 1 },
  facets: { delivered: 117, opened: 40, clicked: 12 },
  missing_fields: { first_name: 4 },
  suppressed_by_reason: { unsubscribed: 2, bounced: 1 },
  attributes: { city: 'Mumbai' },
  position: 'Z0A5MTExOTQ5OS1mMDUz',
  next_cursor: null,
};

/** Bodies that can be sent as they are, by call. */
export const bodyExamples: Readonly<Record<string, unknown>> = {
  'POST /v1/events': {
    events: [{ type: 'order_created', message_id: 'hello-1', customer: { qontak_customer_id: '00001' }, properties: order }],
  },
  'POST /v1/customers/{id}/erase': { reason: 'Asked for by letter of 22 November' },
  'POST /v1/customers/{id}/erasure/decline': { reason: 'Invoices have to be kept' },
  'POST /v1/customers/{id}/reopen': { reason: 'Signed up again' },
  'PUT /v1/sources/{source}/plan': {
    unknown_types: 'quarantine',
    wrong_types: 'warn',
    types: { cart_viewed: { properties: { items: { type: 'integer', required: true } }, missing_properties: 'block' } },
  },
  'POST /v1/customers/{id}/consent': {
    channel: 'email',
    purpose: 'marketing',
    state: 'granted',
    wording_version: '2026-10',
    reason: 'Asked for it on the phone',
  },
  'PUT /v1/consent/topics': {
    topics: [
      { purpose: 'marketing', label: 'News and offers' },
      {
        purpose: 'tips',
        label: 'Tips of the week',
        opt_in: { email: 'opt_in' },
        wording: { version: '2026-10', text: 'Send me tips.' },
      },
    ],
  },
  'POST /v1/segments': { name: 'Buyers of this month', rule },
  'PUT /v1/segments/{id}': { name: 'Buyers of this month', rule },
  'POST /v1/segments/preview': { rule },
  'POST /v1/segments/explain': { rule, qontak_customer_id: '00001' },
  'POST /v1/templates': {
    name: 'Thank you',
    subject: 'Thank you, {{ first_name | default: "dear customer" }}',
    html: '<p>Hello {{ first_name | default: "there" }}, here is something for you.</p>',
  },
  'POST /v1/customers/{id}/merge': { with: '00002', reason: 'One person with two accounts', dry_run: true },
  'POST /v1/customers/{id}/unmerge': { with: '00002', reason: 'Two people in one household', dry_run: true },
  'POST /v1/templates/{id}/render': { qontak_customer_id: '00001' },
  'POST /v1/templates/{id}/test-send': { to: 'you@example.com', qontak_customer_id: '00001' },
  'POST /v1/campaigns': {
    name: 'Thank regulars',
    segment_id: '<segment_id>',
    template_id: '<template_id>',
    channel: 'email',
    from: 'Toko Ada <hello@shop.example>',
  },
  'POST /v1/campaigns/{id}/launch': {},
  'POST /v1/campaign-runs/{run_id}/pause': { reason: 'A mistake in the text' },
  'POST /v1/campaign-runs/{run_id}/resume': {},
  'POST /v1/campaign-runs/{run_id}/cancel': { reason: 'A mistake in the text' },
  'POST /v1/campaign-runs/{run_id}/retry-failed': {},
  'POST /v1/keys': { name: 'Shop', source: 'shop', role: 'module' },
  'POST /v1/keys/{id}/rotate': { overlap_s: 86_400 },
  'PATCH /v1/workspace': { postal_address: 'Toko Ada, Jl. Asia Afrika 1, Bandung' },
  'POST /v1/imports': { label: 'orders of 2025' },
  'POST /v1/suppressions': { email: 'left@example.com', reason: 'unsubscribed' },
  'POST /v1/suppressions/import': { suppressions: [{ email: 'left@example.com', reason: 'unsubscribed' }] },
};

/** Names in paths that exist in every engine with the sample. */
export const pathExamples: Readonly<Record<string, string>> = {
  '/v1/customers/{id}': '00001',
  '/v1/customers/{id}/timeline': '00001',
  '/v1/customers/{id}/merge': '00001',
  '/v1/customers/{id}/unmerge': '00001',
  '/v1/streams/{name}': 'customer-main.00001',
  '/v1/projections/{name}/rebuild': 'profiles',
  '/v1/projections/{name}/switch': 'profiles',
  '/v1/projections/{name}/verify': 'profiles',
};
