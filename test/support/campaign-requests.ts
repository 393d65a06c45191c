import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { MESSAGE_VARIABLE } from '../../channels/mail-headers.js';
import { nasty } from './arbitrary-requests.js';
import { damaged } from './damage.js';

/** Ids of things that exist, for requests that mean something. */
export interface CampaignThings {
  readonly customers: readonly string[];
  readonly segments: readonly string[];
  /** These grow with what is made. */
  readonly templates: readonly string[];
  readonly campaigns: readonly string[];
  readonly runs: readonly string[];
  /** Of messages that were sent. */
  readonly messageTokens: readonly string[];
  readonly unsubscribeTokens: readonly string[];
  readonly signingKey: string;
}

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly family: 'templates' | 'campaigns' | 'runs' | 'suppressions' | 'webhooks' | 'unsubscribe' | 'outbox';
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: string | Buffer;
}

type Call = Pick<WireRequest, 'family' | 'method'> & {
  readonly url: fc.Arbitrary<string>;
  readonly body?: fc.Arbitrary<object>;
};

const nastyText = nasty.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
const json = { 'content-type': 'application/json' };

/** Requests for the campaign family: mostly nearly valid ones, some with bodies that are anything. */
export function campaignRequests(things: CampaignThings): fc.Arbitrary<WireRequest> {
  const calls = [...templateCalls(things), ...campaignCalls(things), ...runCalls(things), ...otherCalls(things)];
  const anything = calls.filter(({ body }) => body !== undefined).map(anyBodyOf);
  return fc.oneof({ weight: 6, arbitrary: fc.oneof(...calls.map(requestOf)) }, { weight: 1, arbitrary: fc.oneof(...anything) });
}

function requestOf({ family, method, url, body }: Call): fc.Arbitrary<WireRequest> {
  if (body === undefined) return url.map((to) => ({ family, method, url: to, headers: {} }));
  return fc
    .tuple(url, damaged(body))
    .map(([to, sent]) => ({ family, method, url: to, headers: json, payload: JSON.stringify(sent) }));
}

function anyBodyOf({ family, method, url }: Call): fc.Arbitrary<WireRequest> {
  const payloads = fc.oneof(
    fc.json().map((text) => Buffer.from(text)),
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  );
  const types = fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain', '');
  return fc.tuple(url, payloads, types).map(([to, payload, type]) => {
    return { family, method, url: to, headers: type === '' ? {} : { 'content-type': type }, payload };
  });
}

/** Looked up when it is drawn: what is known grows with each answer. */
function oneOf(known: readonly string[]): fc.Arbitrary<string> {
  const remembered = fc.nat().map((at) => known[at % Math.max(1, known.length)] ?? 'none');
  return fc.oneof({ weight: 9, arbitrary: remembered }, { weight: 1, arbitrary: nastyText });
}

function path(template: string, ...ids: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(...ids).map((drawn) => drawn.reduce((url, id) => url.replace('{}', () => encode(id)), template));
}

/** Nobody can send half characters in a URL. */
function encode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '')) || '-';
}

function query(url: fc.Arbitrary<string>, ...names: readonly string[]): fc.Arbitrary<string> {
  const value = fc.oneof(fc.constantFrom('1', '2', 'sent', 'failed', 'exact', 'manual', 'a@mail.example'), nastyText);
  const parts = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 2 });
  return fc
    .tuple(url, parts)
    .map(([to, given]) => `${to}?${given.map(([name, one]) => `${name}=${encodeURIComponent(encode(one))}`).join('&')}`);
}

const page = ['limit', 'cursor', 'min_position', 'wait_ms'];
const liquid = fc
  .array(
    fc.constantFrom(
      ...[
        '<p>Hello ',
        '{{ first_name }}',
        '{{ city | default: "there" | upcase }}',
        '{{ "now" | date: "%Y" }}',
        '{{ nothing.at.all }}',
      ],
      ...[
        '{% if city == "Bandung" %}',
        '{% endif %}',
        '{% for i in (1..3) %}',
        '{% endfor %}',
        '{{',
        '}}',
        '{% raw %}',
        '</p>',
        '\0',
      ],
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join(''));
const sound = fc.constantFrom('<p>Hello {{ first_name | default: "there" }}</p>', '<p>{{ city }}</p>');
const html = fc.oneof({ weight: 2, arbitrary: sound }, { weight: 1, arbitrary: liquid });

function templateCalls({ templates, customers }: CampaignThings): readonly Call[] {
  const content = fc.record(
    { name: fc.constant('A'), subject: html, html, text: html },
    { requiredKeys: ['name', 'subject', 'html'], noNullPrototype: true },
  );
  const whom = fc.record({ qontak_customer_id: oneOf(customers) }, { noNullPrototype: true });
  const test = fc.record(
    { to: fc.constant('me@mail.example'), from: fc.constant('A <a@shop.example>'), qontak_customer_id: oneOf(customers) },
    { requiredKeys: ['to'], noNullPrototype: true },
  );
  const family = 'templates';
  return [
    { family, method: 'POST', url: fc.constant('/v1/templates'), body: content },
    { family, method: 'PUT', url: path('/v1/templates/{}', oneOf(templates)), body: content },
    { family, method: 'POST', url: path('/v1/templates/{}/render', oneOf(templates)), body: whom },
    { family, method: 'POST', url: path('/v1/templates/{}/test-send', oneOf(templates)), body: test },
    { family, method: 'GET', url: query(path('/v1/templates/{}', oneOf(templates)), ...page) },
    { family, method: 'GET', url: query(fc.constant('/v1/templates'), ...page) },
  ];
}

function campaignCalls({ campaigns, segments, templates }: CampaignThings): readonly Call[] {
  const definition = fc.record(
    {
      name: fc.constant('A'),
      segment_id: oneOf(segments),
      template_id: oneOf(templates),
      from: fc.constantFrom('Shop <a@shop.example>', 'a@shop.example'),
      channel: fc.constant('email'),
      purpose: fc.constant('marketing'),
      reply_to: fc.constant('b@shop.example'),
      schedule: fc.record(
        { at: fc.constantFrom('2020-01-01T00:00:00Z', '2099-01-01T00:00:00+07:00'), max_delay_sec: fc.nat(9) },
        { noNullPrototype: true },
      ),
      throttle: fc.record({ per_second: fc.constantFrom(1, 100, 0.5) }, { noNullPrototype: true }),
    },
    { requiredKeys: ['name', 'segment_id', 'template_id', 'from'], noNullPrototype: true },
  );
  const family = 'campaigns';
  const one = (end: string): fc.Arbitrary<string> => path(`/v1/campaigns/{}${end}`, oneOf(campaigns));
  return [
    { family, method: 'POST', url: fc.constant('/v1/campaigns'), body: definition },
    { family, method: 'PUT', url: one(''), body: definition },
    { family, method: 'POST', url: one('/launch'), body: fc.constant({}) },
    { family, method: 'GET', url: one('/preflight') },
    { family, method: 'GET', url: query(one(''), ...page) },
    { family, method: 'GET', url: query(fc.constant('/v1/campaigns'), ...page) },
  ];
}

function runCalls({ runs, campaigns }: CampaignThings): readonly Call[] {
  const family = 'runs';
  const one = (end: string): fc.Arbitrary<string> => path(`/v1/campaign-runs/{}${end}`, oneOf(runs));
  const why = fc.record({ reason: fc.constant('too late') }, { requiredKeys: [], noNullPrototype: true });
  const again = fc.record(
    { include_uncertain: fc.boolean(), group: fc.constant('a reason') },
    { requiredKeys: [], noNullPrototype: true },
  );
  const ofCampaign = path('/v1/campaign-runs?campaign_id={}', oneOf(campaigns));
  return [
    ...(['/pause', '/resume', '/cancel'] as const).map((end): Call => ({ family, method: 'POST', url: one(end), body: why })),
    { family, method: 'POST', url: one('/retry-failed'), body: again },
    { family, method: 'GET', url: ofCampaign },
    ...['', '/funnel', '/messages', '/failures'].map((end): Call => ({
      family,
      method: 'GET',
      url: query(one(end), ...page, 'outcome'),
    })),
  ];
}

function otherCalls(things: CampaignThings): readonly Call[] {
  const { runs, customers, unsubscribeTokens } = things;
  const named = fc.record(
    { email: fc.constantFrom('x@mail.example', 'y@mail.example'), reason: fc.constantFrom('manual', 'bounced') },
    { requiredKeys: ['email'], noNullPrototype: true },
  );
  const list = fc.record({ suppressions: fc.array(named, { minLength: 1, maxLength: 3 }) }, { noNullPrototype: true });
  const token = fc.oneof(
    oneOf(unsubscribeTokens),
    fc.tuple(oneOf(unsubscribeTokens), fc.nat(60)).map(([one, at]) => cut(one, at)),
  );
  const form = fc.constant({ 'List-Unsubscribe': 'One-Click' });
  const webhook = path('/v1/webhooks/{}/{}', often('mailgun'), often('main'));
  const names = customers.map((customer) => `${customer}.eml`);
  return [
    { family: 'suppressions', method: 'POST', url: fc.constant('/v1/suppressions'), body: named },
    { family: 'suppressions', method: 'DELETE', url: fc.constant('/v1/suppressions'), body: named },
    { family: 'suppressions', method: 'POST', url: fc.constant('/v1/suppressions/import'), body: list },
    { family: 'suppressions', method: 'GET', url: query(fc.constant('/v1/suppressions'), ...page, 'count', 'reason', 'email') },
    { family: 'webhooks', method: 'POST', url: webhook, body: callback(things) },
    { family: 'webhooks', method: 'POST', url: webhook, body: callback(things) },
    { family: 'unsubscribe', method: 'POST', url: path('/u/{}', token), body: form },
    { family: 'unsubscribe', method: 'GET', url: path('/u/{}', token) },
    { family: 'outbox', method: 'GET', url: query(path('/outbox/{}', oneOf(runs)), 'after') },
    { family: 'outbox', method: 'GET', url: path('/outbox/{}/{}/html', oneOf(runs), oneOf([...customers, ...names])) },
    { family: 'outbox', method: 'GET', url: path('/outbox/{}/{}', oneOf(runs), oneOf([...customers, ...names])) },
  ];
}

function often(text: string): fc.Arbitrary<string> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(text) }, { weight: 1, arbitrary: nastyText });
}

function cut(token: string, at: number): string {
  return `${token.slice(0, at)}${token.slice(at + 1)}`;
}

/** A callback of the provider about a message, signed; its event is damaged before, so that the signature holds. */
function callback({ messageTokens, signingKey }: CampaignThings): fc.Arbitrary<object> {
  const event = fc.record({
    event: fc.constantFrom('accepted', 'delivered', 'opened', 'clicked', 'unsubscribed', 'complained', 'failed', 'stored'),
    id: fc.uuid(),
    timestamp: fc.constantFrom(1_700_000_000, 1_700_000_000.123, Date.now() / 1_000),
    recipient: fc.constant('a@mail.example'),
    severity: fc.constantFrom('permanent', 'temporary'),
    reason: fc.constantFrom('bounce', 'suppress-bounce', 'generic'),
    url: fc.constant('https://shop.example/'),
    ip: fc.constant('203.0.113.7'),
    'user-variables': oneOf(messageTokens).map((token) => ({ [MESSAGE_VARIABLE]: token })),
    'delivery-status': fc.record({ code: fc.constantFrom(550, '605'), message: fc.constant('no such user') }),
  });
  return fc.tuple(damaged(event), fc.uuid()).map(([data, token]) => {
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const signature = createHmac('sha256', signingKey).update(timestamp).update(token).digest('hex');
    return { signature: { timestamp, token, signature }, 'event-data': data };
  });
}
