import { z } from 'zod';
import { EngineError } from '../../contracts/errors.js';
import type { CustomerView, Customers, Disclosure, TimelinePlace } from '../../contracts/read-models/customers.port.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import { asOfSchema, consistencyQuery } from '../queries/consistency.js';
import { cursorInvalid, listCursor } from '../queries/list-cursor.js';
import { listQuery, pageSchema } from '../queries/list-query.js';
import type { ReadConsistency } from '../read-consistency.js';
import type { Reveals } from '../reveal.js';
import type { Api, ApiRoutes } from '../route-config.js';
import type { FastifyRequest } from 'fastify';

export interface CustomersRoutesDeps {
  readonly customers: Customers;
  readonly reads: ReadConsistency;
  readonly reveals: Reveals;
}

const json = z.record(z.string(), z.unknown());
const customer = z.object({
  qontak_customer_id: z.string(),
  merged_ids: z.array(z.string()),
  identifiers: z.array(z.object({ kind: z.string(), value: z.string() })),
  attributes: json,
  events: z.record(
    z.string(),
    z.object({
      count: z.int(),
      first_at: z.string(),
      last_at: z.string(),
      sums: z.record(
        z.string(),
        z.union([z.number(), z.string(), z.array(z.object({ amount: z.string(), currency: z.string() }))]),
      ),
    }),
  ),
  segments: z.array(z.object({ segment_id: z.string(), entered_at: z.string() })),
  consent: json,
  scores: z.record(z.string(), z.number()),
  first_seen_at: z.string(),
  last_seen_at: z.string(),
});
const entry = z.object({
  event_id: z.string(),
  type: z.string(),
  qontak_customer_id: z.string(),
  revision: z.string(),
  occurred_at: z.string(),
  received_at: z.string(),
  source: z.string(),
  message_id: z.string(),
  properties: json,
  erased: z.boolean().optional(),
});
const params = z.strictObject({ id: z.string().max(64) });
const lookUps = {
  email: z.string().max(1_024).optional(),
  phone: z.string().max(64).optional(),
  external_id: z.string().max(1_024).optional(),
};

/** `/v1/customers`: profiles by id, by identifier and as a list, and each customer's timeline. */
export function customersRoutes(deps: CustomersRoutesDeps): ApiRoutes {
  return (api) => {
    addProfiles(api, deps);
    addTimeline(api, deps);
  };
}

function addProfiles(api: Api, { customers, reads, reveals }: CustomersRoutesDeps): void {
  const config = { access: 'customers:read' };
  const pages = listCursor('customers');
  const querystring = z.strictObject({ ...listQuery, ...consistencyQuery, ...lookUps });
  const response = { 200: z.object({ data: z.array(customer), page: pageSchema, as_of: asOfSchema }) };
  api.get('/v1/customers', { config, schema: { querystring, response } }, async (request) => {
    const { workspace } = principalOf(request);
    const { email, phone, external_id: externalId, cursor, limit } = request.query;
    const after = pages.read(cursor);
    const as_of = await reads.of('profiles', request.query);
    const asked = Object.entries({ email, phone, external_id: externalId }).find(([, value]) => value !== undefined);
    if (asked === undefined) {
      const walk = { limit, ...(after === undefined ? {} : { after }) };
      const { customers: data, next } = await customers.list(workspace, walk, disclosureOf(request));
      await reveals.note(request, 'profiles', idsOf(data));
      return { data: data.map(mutable), page: { next_cursor: pages.write(next) }, as_of };
    }
    const [kind, value = ''] = asked;
    // The entries above have exactly these names.
    const found = await customers.findBy(
      workspace,
      { kind: kind as 'email' | 'phone' | 'external_id', value },
      disclosureOf(request),
    );
    await reveals.note(request, 'profiles', idsOf(found));
    return { data: found.map(mutable), page: { next_cursor: null }, as_of };
  });
  const one = {
    params,
    querystring: z.strictObject(consistencyQuery),
    response: { 200: customer.extend({ as_of: asOfSchema }) },
  };
  api.get('/v1/customers/:id', { config, schema: one }, async (request) => {
    const { workspace } = principalOf(request);
    const as_of = await reads.of('profiles', request.query, `${workspace}/${request.params.id}`);
    const found = await customers.get(workspace, request.params.id, disclosureOf(request));
    if (found === null) throw unknown(request.params.id);
    await reveals.note(request, 'profile', [found.qontak_customer_id]);
    return { ...mutable(found), as_of };
  });
}

function addTimeline(api: Api, { customers, reads, reveals }: CustomersRoutesDeps): void {
  const querystring = z.strictObject({ ...listQuery, ...consistencyQuery });
  const response = { 200: z.object({ data: z.array(entry), page: pageSchema, as_of: asOfSchema }) };
  const isCustomer = async (workspace: string, id: string): Promise<boolean> =>
    (await customers.timeline(workspace, id, { limit: 1, disclosure: 'masked' })).entries.length > 0;
  api.get(
    '/v1/customers/:id/timeline',
    { config: { access: 'customers:read' }, schema: { params, querystring, response } },
    async (request) => {
      const { workspace } = principalOf(request);
      const { id } = request.params;
      const pages = listCursor('timeline');
      const as_of = await reads.of('profiles', request.query, `${workspace}/${id}`);
      const before = placeOf(pages.read(request.query.cursor));
      const asked = {
        limit: request.query.limit,
        disclosure: disclosureOf(request),
        ...(before === undefined ? {} : { before }),
      };
      const { entries, next } = await customers.timeline(workspace, id, asked);
      if (entries.length > 0) await reveals.note(request, 'timeline', [id]);
      // An empty page behind a cursor may be the end of a timeline.
      if (entries.length === 0 && !(before !== undefined && (await isCustomer(workspace, id)))) throw unknown(id);
      return { data: [...entries], page: { next_cursor: pages.write(next && JSON.stringify(next)) }, as_of };
    },
  );
}

const place = z.object({ position: z.string(), revisions: z.record(z.string(), z.string()) });

/** Cursors carry a mark, so what they hold was written here. */
function placeOf(text: string | undefined): TimelinePlace | undefined {
  if (text === undefined) return undefined;
  try {
    const read = place.safeParse(JSON.parse(text));
    const isSound =
      read.success && [read.data.position, ...Object.values(read.data.revisions)].every((number) => /^\d{1,19}$/.test(number));
    if (isSound) return read.data;
  } catch {
    // Said below.
  }
  throw cursorInvalid();
}

function idsOf(found: readonly CustomerView[]): readonly string[] {
  return found.map(({ qontak_customer_id: id }) => id);
}

function disclosureOf(request: FastifyRequest): Disclosure {
  return principalOf(request).scopes.has('pii:read') ? 'revealed' : 'masked';
}

/** Only the readonly marks differ. */
function mutable(view: CustomerView): z.infer<typeof customer> {
  return {
    ...view,
    merged_ids: [...view.merged_ids],
    identifiers: [...view.identifiers],
    segments: [...view.segments],
    events: structuredClone(view.events) as z.infer<typeof customer>['events'],
  };
}

function unknown(customerId: string): EngineError {
  return new EngineError('not_found', `Expected the id of a customer of this workspace, found ${customerId}, which is none.`);
}
