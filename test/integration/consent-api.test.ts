import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEngineOnHttp, type EngineOnHttp } from '../support/engine-on-http.js';
import type { Answer } from '../support/engine.js';

type Row = Readonly<Record<string, unknown>>;

describe('consent over HTTP', () => {
  let http: EngineOnHttp;
  let masked = '';
  let position = '';
  beforeAll(async () => {
    http = await openEngineOnHttp();
    const made = await http.open.call('POST', '/v1/keys', { body: { name: 'Team', source: 'desk', role: 'marketer' } });
    masked = String(made.body['key']);
    const customers = ['ada', 'bob', 'eve'].map((id) => ({
      type: 'customer.created',
      message_id: `made-${id}`,
      customer: { qontak_customer_id: id },
      properties: { email: `${id}@mail.example` },
    }));
    position = String((await http.open.call('POST', '/v1/events', { body: { events: customers } })).body['position']);
  });
  afterAll(() => http.close());

  async function say(id: string, body: Row, key?: string): Promise<Answer> {
    const answer = await http.open.call('POST', `/v1/customers/${id}/consent`, { body, ...(key === undefined ? {} : { key }) });
    if (answer.status === 200) position = String(answer.body['position']);
    return answer;
  }

  const show = (id: string, query = '', key?: string): Promise<Answer> =>
    http.open.call(
      'GET',
      `/v1/customers/${id}/consent?min_position=${position}&wait_ms=30000${query}`,
      key === undefined ? {} : { key },
    );

  it('keeps everything that was said, newest first, with what proves it, masked without pii:read', async () => {
    const granted = {
      ...{ channel: 'email', purpose: 'marketing', state: 'granted', wording_version: '2026-10', via: 'signup_form' },
      ...{
        at: '2026-11-01T10:00:00+07:00',
        reason: 'Signed up',
        evidence: { ip: '203.0.113.7', recorded_by: 'Ani', reference: 'form 77' },
      },
    };
    expect((await say('ada', granted, masked)).status).toBe(200);
    expect((await say('ada', { purpose: 'marketing', state: 'withdrawn', reason: 'Called us' })).status).toBe(200);
    const whole = await show('ada');
    expect(whole.body['data']).toMatchObject([
      { what: 'withdrawn', purpose: 'marketing', channel: 'email', method: 'withdrawal', reason: 'Called us' },
      {
        ...{ what: 'granted', at: '2026-11-01T03:00:00.000Z', via: 'signup_form', wording_version: '2026-10', source: 'cebe' },
        ...{ ip: '203.0.113.7', recorded_by: 'Ani', evidence: 'form 77', reason: 'Signed up', qontak_customer_id: 'ada' },
      },
    ]);
    expect(whole.body['consent']).toMatchObject([{ purpose: 'marketing', state: 'withdrawn', may_be_written_to: false }]);
    const hidden = await show('ada', '', masked);
    for (const secret of ['203.0.113.7', 'Ani', 'form 77', 'Signed up', 'Called us']) expect(hidden.text).not.toContain(secret);
    const [first] = (await show('ada', '&limit=1')).body['data'] as readonly Row[];
    expect(first).toMatchObject({ what: 'withdrawn' });
    const cursor = String(((await show('ada', '&limit=1')).body['page'] as Row)['next_cursor']);
    const second = await show('ada', `&limit=1&cursor=${cursor}`);
    expect([second.body['data'], second.body['page']]).toMatchObject([[{ what: 'granted' }], { next_cursor: null }]);
  });

  it('lets a grant of longer ago that comes late change nothing', async () => {
    await say('bob', { purpose: 'marketing', state: 'withdrawn' });
    await say('bob', { purpose: 'marketing', state: 'granted', at: '2026-11-01T10:00:00Z' });
    const now = await show('bob');
    expect(now.body['consent']).toMatchObject([{ state: 'withdrawn' }]);
    expect(now.body['data']).toHaveLength(2);
  });

  it('exports the evidence as JSON, NDJSON and CSV that no spreadsheet runs', async () => {
    await say('eve', { purpose: 'marketing', state: 'granted', reason: '=HYPERLINK("x"), she said' });
    const path = '/v1/customers/eve/consent/export';
    expect((await http.open.call('GET', path)).body['data']).toMatchObject([{ what: 'granted' }]);
    const lines = (await http.open.call('GET', `${path}?format=ndjson`)).text.trim().split('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ what: 'granted', qontak_customer_id: 'eve' });
    const csv = (await http.open.call('GET', `${path}?format=csv`)).text.split('\r\n');
    expect([csv.length, csv[0]]).toEqual([3, expect.stringMatching(/^event_id,.*,reason$/)]);
    expect(csv[1]).toContain(`"'=HYPERLINK(""x""), she said"`);
    expect((await http.open.call('GET', path, { key: masked })).text).not.toContain('she said');
  });

  it('has topics, each with what it needs', async () => {
    const before = await http.open.call('GET', '/v1/consent/topics');
    expect(before.body['topics']).toEqual([{ purpose: 'marketing', label: 'News and offers' }]);
    const topics = [
      { purpose: 'marketing', label: 'Offers' },
      { purpose: 'tips', label: 'Tips', opt_in: { email: 'opt_in' }, wording: { version: 'w2', text: 'Send me tips.' } },
    ];
    const put = await http.open.call('PUT', '/v1/consent/topics', { body: { topics } });
    position = String(put.body['position']);
    const after = await http.open.call('GET', `/v1/consent/topics?min_position=${position}&wait_ms=30000`);
    expect(after.body['topics']).toEqual(topics);
    expect((await http.open.call('PUT', '/v1/consent/topics', { body: { topics } })).status).toBe(200);
    await http.open.call('GET', `/v1/workspace?min_position=${position}&wait_ms=30000`);
    expect((await show('eve')).body['consent']).toMatchObject([
      { purpose: 'marketing', state: 'granted', may_be_written_to: true },
      { purpose: 'tips', state: 'not_said', rule: 'opt_in', may_be_written_to: false },
    ]);
    expect(await say('eve', { purpose: 'typo', state: 'granted' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_input' },
    });
    expect((await say('eve', { purpose: 'typo', state: 'withdrawn' })).status).toBe(200);
  });

  it('refuses what is wrong, with the place', async () => {
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const wrong: readonly (readonly [Row, string])[] = [
      [{ state: 'granted' }, '/purpose'],
      [{ purpose: 'marketing', state: 'maybe' }, '/state'],
      [{ purpose: 'Not A Code', state: 'granted' }, '/purpose'],
      [{ purpose: 'marketing', state: 'granted', at: soon }, '/at'],
      [{ purpose: 'marketing', state: 'granted', at: 'yesterday' }, '/at'],
      [{ purpose: 'marketing', state: 'granted', via: 'ada@mail.example' }, '/via'],
      [{ purpose: 'marketing', state: 'withdrawn', method: 'opt_in' }, '/method'],
      [{ purpose: 'marketing', state: 'granted', evidence: { phone: 1 } }, '/evidence/phone'],
    ];
    for (const [body, pointer] of wrong) {
      const answer = await say('ada', body);
      expect([body, answer.status, answer.body['errors']]).toEqual([body, 400, [expect.objectContaining({ pointer })]]);
    }
    expect((await say('nobody', { purpose: 'marketing', state: 'granted' })).status).toBe(404);
    expect((await show('nobody')).status).toBe(404);
    expect((await http.open.call('GET', '/v1/customers/nobody/consent/export')).status).toBe(404);
    expect((await show('ada', '&cursor=nonsense')).status).toBe(400);
    const twice = {
      topics: [
        { purpose: 'a', label: 'A' },
        { purpose: 'a', label: 'B' },
      ],
    };
    expect((await http.open.call('PUT', '/v1/consent/topics', { body: twice })).status).toBe(400);
    expect((await http.open.call('PUT', '/v1/consent/topics', { body: { topics: [] } })).status).toBe(400);
  });

  it('is there on the command line', async () => {
    const said = await http.cebe('consent', 'grant', 'bob', '--purpose', 'tips', '--wording', 'w2', '--json');
    expect([said.exitCode, JSON.parse(said.stdout)]).toMatchObject([0, { state: 'granted', purpose: 'tips' }]);
    expect((await http.cebe('consent', 'withdraw', 'bob', '--purpose', 'tips', '--reason', 'Called us')).exitCode).toBe(0);
    const shown = await http.cebe('consent', 'show', 'bob');
    expect(shown.stdout).toMatch(/withdrawn +email +tips/);
    expect(shown.stderr).toContain('email tips: withdrawn, may not be written to');
    expect((await http.cebe('consent', 'grant', 'bob')).exitCode).toBe(2);
  });
});
