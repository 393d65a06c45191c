import { z } from 'zod';
import type { AccessCommands } from '../../commands/access/access.commands.js';
import type { ConsentCommands } from '../../commands/consent/consent.commands.js';
import { EngineError } from '../../contracts/errors.js';
import { code, id, instant } from '../../contracts/events/contract-fields.js';
import { consentTopic, TOPICS_MOST } from '../../contracts/events/consent-topics.js';
import type { ConsentLedger, ConsentLedgerEntry } from '../../contracts/read-models/consent-ledger.port.js';
import type { ConsentStanding } from '../../contracts/read-models/consent-standing.port.js';
import type { Clock } from '../../runtime/clock.js';
import { encodePosition } from '../../runtime/positions.js';
import { commandContextOf } from '../command-context.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import { asOfSchema, consistencyQuery } from '../queries/consistency.js';
import { cursorInvalid, listCursor } from '../queries/list-cursor.js';
import { listQuery, pageSchema } from '../queries/list-query.js';
import type { ReadConsistency } from '../read-consistency.js';
import type { Reveals } from '../reveal.js';
import type { Api, ApiRoutes } from '../route-config.js';
import { consentCsv, consentNdjson } from '../views/consent-export.js';

export interface ConsentRoutesDeps {
  readonly storeId: string;
  readonly clock: Clock;
  readonly reads: ReadConsistency;
  readonly reveals: Reveals;
  readonly ledger: ConsentLedger;
  readonly standing: ConsentStanding;
  readonly commands: { readonly consent: ConsentCommands; readonly access: Pick<AccessCommands, 'changeSettings'> };
}

const params = z.strictObject({ id: z.string().max(64) });
const optionalText = z.string().optional();
const entry = z.object({
  event_id: z.string(),
  qontak_customer_id: z.string(),
  what: z.string(),
  channel: z.string(),
  purpose: z.string(),
  at: z.string(),
  recorded_at: z.string(),
  source: z.string(),
  actor: z.string(),
  via: optionalText,
  method: optionalText,
  wording_version: optionalText,
  request_id: optionalText,
  ip: optionalText,
  recorded_by: optionalText,
  evidence: optionalText,
  reason: optionalText,
});
const standing = z.object({
  channel: z.string(),
  purpose: z.string(),
  state: z.enum(['granted', 'withdrawn', 'not_said']),
  at: optionalText,
  via: optionalText,
  confirmed_at: optionalText,
  rule: z.enum(['opt_out', 'opt_in', 'double_opt_in']),
  may_be_written_to: z.boolean(),
});
const personal = z.string().min(1).max(1_000);
const statement = z.strictObject({
  channel: code.default('email'),
  purpose: code,
  state: z.enum(['granted', 'withdrawn']),
  method: z
    .enum(['opt_in', 'double_opt_in'])
    .optional()
    .describe('How it was granted; a double opt-in was confirmed by the customer'),
  wording_version: id.optional(),
  via: id.optional().describe('Where it was said, such as a form; the source of the key when absent'),
  at: instant.optional().describe('When the customer said it; now when absent'),
  reason: personal.optional(),
  evidence: z
    .strictObject({ ip: personal.optional(), recorded_by: personal.optional(), reference: personal.optional() })
    .optional()
    .describe('What proves it; sealed, and masked for keys without pii:read'),
});
const topics = z.array(consentTopic).min(1).max(TOPICS_MOST);

/** `/v1/customers/{id}/consent` and `/v1/consent/topics`: what customers allow, what proves it, and what they can choose. */
export function consentRoutes(deps: ConsentRoutesDeps): ApiRoutes {
  return (api) => {
    addLedger(api, deps);
    addExport(api, deps);
    addStatements(api, deps);
    addTopics(api, deps);
  };
}

function addLedger(api: Api, { ledger, standing: standings, reads, reveals }: ConsentRoutesDeps): void {
  const pages = listCursor('consent');
  const querystring = z.strictObject({ ...listQuery, ...consistencyQuery });
  const shown = z.object({
    consent: z.array(standing),
    suppressed: z.string().optional().describe('Why the address is never mailed, whatever was granted'),
    data: z.array(entry),
    page: pageSchema,
    as_of: asOfSchema,
  });
  const schema = { params, querystring, response: { 200: shown } };
  api.get('/v1/customers/:id/consent', { config: { access: 'customers:read' }, schema }, async (request) => {
    const { workspace, scopes } = principalOf(request);
    const customerId = request.params.id;
    const before = pages.read(request.query.cursor);
    if (before !== undefined && !/^\d{1,18}$/.test(before)) throw cursorInvalid();
    const as_of = await reads.of('profiles', request.query, `${workspace}/${customerId}`);
    const now = await standings.of(workspace, customerId);
    if (now === null) throw unknown(customerId);
    await reveals.note(request, 'consent', [customerId]);
    const disclosure = scopes.has('pii:read') ? 'revealed' : 'masked';
    const { limit } = request.query;
    const page = await ledger.read(workspace, customerId, { disclosure, limit, ...(before === undefined ? {} : { before }) });
    const { consent, suppressed } = now;
    return {
      consent: [...consent],
      ...(suppressed === undefined ? {} : { suppressed }),
      data: [...page.entries],
      page: { next_cursor: pages.write(page.next) },
      as_of,
    };
  });
}

function addExport(api: Api, { ledger, standing: standings, reveals }: ConsentRoutesDeps): void {
  const querystring = z.strictObject({ format: z.enum(['json', 'csv', 'ndjson']).default('json') });
  const schema = { params, querystring };
  api.get('/v1/customers/:id/consent/export', { config: { access: 'customers:read' }, schema }, async (request, reply) => {
    const { workspace, scopes } = principalOf(request);
    const customerId = request.params.id;
    if ((await standings.of(workspace, customerId)) === null) throw unknown(customerId);
    await reveals.note(request, 'consent', [customerId]);
    const disclosure = scopes.has('pii:read') ? 'revealed' : 'masked';
    const { entries } = await ledger.read(workspace, customerId, { disclosure });
    return reply
      .type(exportTypes[request.query.format])
      .header('content-disposition', `attachment; filename="consent.${request.query.format}"`)
      .header('cache-control', 'no-store')
      .send(exported(entries, request.query.format));
  });
}

const exportTypes = { json: 'application/json', csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' } as const;

function exported(entries: readonly ConsentLedgerEntry[], format: keyof typeof exportTypes): string {
  switch (format) {
    case 'json':
      return JSON.stringify({ data: entries });
    case 'csv':
      return consentCsv(entries);
    case 'ndjson':
      return consentNdjson(entries);
  }
}

function addStatements(api: Api, { storeId, clock, commands }: ConsentRoutesDeps): void {
  const schema = { params, body: statement, response: { 200: z.object({ position: z.string() }) } };
  api.post('/v1/customers/:id/consent', { config: { access: 'consent:write' }, schema }, async (request) => {
    const { source } = principalOf(request);
    const { channel, purpose, state, method, wording_version, via, at, reason, evidence } = request.body;
    if (method !== undefined && state === 'withdrawn') throw methodOfWithdrawal();
    const { reference, ip, recorded_by } = evidence ?? {};
    const said = { channel, purpose, state, via: via ?? source };
    const proof = { reason, ip, recorded_by, evidence: reference };
    const position = await commands.consent.record(
      request.params.id,
      {
        ...said,
        ...(method === undefined ? {} : { method }),
        ...(wording_version === undefined ? {} : { wordingVersion: wording_version }),
        ...(at === undefined ? {} : { saidAt: at }),
        personal: Object.fromEntries(Object.entries(proof).filter(([, value]) => value !== undefined)),
      },
      commandContextOf(request, clock),
    );
    return { position: encodePosition(storeId, position) };
  });
}

function addTopics(api: Api, { storeId, clock, reads, standing: standings, commands }: ConsentRoutesDeps): void {
  const response = { 200: z.object({ topics: z.array(consentTopic), as_of: asOfSchema }) };
  const querystring = z.strictObject(consistencyQuery);
  const config = { access: 'workspace:read' };
  api.get('/v1/consent/topics', { config, schema: { querystring, response } }, async (request) => {
    const { workspace } = principalOf(request);
    const as_of = await reads.of('workspaces', request.query);
    return { topics: [...(await standings.topics(workspace))], as_of };
  });
  const body = z.strictObject({ topics });
  const schema = { body, response: { 200: z.object({ position: z.string() }) } };
  api.put('/v1/consent/topics', { config: { access: 'workspace:write' }, schema }, async (request) => {
    const { topics: wanted } = request.body;
    const twice = wanted.findIndex(({ purpose }, at) => wanted.findIndex((topic) => topic.purpose === purpose) !== at);
    if (twice !== -1) throw invalid(`/topics/${String(twice)}/purpose`, 'expected a purpose of its own, found one named before');
    const change = { topics: wanted };
    return { position: encodePosition(storeId, await commands.access.changeSettings(change, commandContextOf(request, clock))) };
  });
}

function methodOfWithdrawal(): EngineError {
  return invalid('/method', 'expected no method beside state withdrawn');
}

function invalid(pointer: string, detail: string): EngineError {
  return new EngineError('invalid_input', `${pointer}: ${detail}`, { places: [{ pointer, detail }] });
}

function unknown(customerId: string): EngineError {
  return new EngineError('not_found', `Expected the id of a customer of this workspace, found ${customerId}, which is none.`);
}
