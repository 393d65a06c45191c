import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { planCdnow } from '../../cli/import/cdnow-import.js';
import { runImport } from '../../cli/import/run-import.js';
import { sampleFile } from '../../cli/import/sample-file.js';
import { createHttpClient } from '../../cli/http-client.js';
import { createOutput } from '../../cli/output.js';
import { sendBatch } from '../../cli/sending/send-batch.js';
import { collector } from '../support/command-line.js';
import { openEngineOnHttp, type EngineOnHttp } from '../support/engine-on-http.js';

const parse = (text: string): unknown => JSON.parse(text) as unknown;
const lines = (text: string): readonly unknown[] => text.trimEnd().split('\n').map(parse);

describe('sending and importing', () => {
  let on: EngineOnHttp;
  const file = (name: string, text: string): string => {
    const path = join(on.folder, name);
    writeFileSync(path, text);
    return path;
  };
  const quiet = () => createOutput('json', { stdout: collector().stream, stderr: collector().stream });
  beforeAll(async () => {
    on = await openEngineOnHttp();
  });
  afterAll(() => on.close());

  it('sends what a file holds, tells what was refused and why, and changes nothing when it is sent again', async () => {
    const order = (id: string, amount: string) => ({
      type: 'order_created',
      message_id: id,
      customer: { qontak_customer_id: '70012' },
      properties: { order_id: id, amount, currency: 'USD', created_at: '2026-11-20T10:00:00Z' },
    });
    const text = [JSON.stringify(order('o-1', '19.90')), 'not json', JSON.stringify(order('o-2', '1.999'))].join('\n');
    const path = file('events.ndjson', text);
    const first = await on.cebe('send', path, '--json', '--rejects', 'rejects.ndjson');
    expect(first.exitCode).toBe(3);
    expect(parse(first.stdout)).toMatchObject({
      accepted: 1,
      duplicate: 0,
      quarantined: 2,
      refused: [
        { line: 2, code: 'line_invalid' },
        { line: 3, code: 'amount_too_precise', message_id: 'o-2', pointer: '/properties/amount' },
      ],
    });
    const rejects = join(on.folder, 'rejects.ndjson');
    expect(lines(readFileSync(rejects, 'utf8'))).toMatchObject([{ row: 'not json' }, { row: { message_id: 'o-2' } }]);
    expect(statSync(rejects).mode & 0o777).toBe(0o600);

    const again = await on.cebe('send', path);
    expect(again.stdout).toBe('0 accepted, 1 duplicate, 2 quarantined\n');
    const fixed = file('fixed.json', JSON.stringify([order('o-2', '1.99')], null, 2));
    expect(await on.cebe('send', fixed)).toMatchObject({ exitCode: 0, stdout: '1 accepted, 0 duplicate, 0 quarantined\n' });
    expect(await on.cebe('send', 'nowhere.json')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('not_found') });
  });

  it('waits as long as a busy engine asks, and sends again', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      const busy = asked === 1;
      const body = busy ? { code: 'overloaded', detail: 'busy' } : { receipts: [{ status: 'accepted' }], position: 'p1' };
      response.writeHead(busy ? 429 : 200, { 'content-type': 'application/json', 'retry-after': '1' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const client = createHttpClient(`http://127.0.0.1:${String(port)}`, 'k');
      const entry = { line: 1, text: '{}', customerKey: '', row: {} };
      const receipts = await sendBatch([entry], { client, signal: new AbortController().signal });
      expect(receipts).toEqual([{ status: 'accepted' }]);
      expect(asked).toBe(2);
    } finally {
      server.close();
    }
  });

  it('imports CSV through a map: a dry run first, then once, however often', async () => {
    const csv = file(
      'people.csv',
      'id,mail,city,when\n1,ann@x.example,Bandung,2026-01-05\n2,bob@x.example,Medan,2026-01-06\n3,,,2026-13-01\n4,n/a,Solo,2026-01-08\n',
    );
    file(
      'people.map.json',
      JSON.stringify({
        type: 'customer.created',
        message_id: 'people:{id}',
        customer: { identifiers: { email: '{mail}' } },
        occurred_at: { value: '{when}' },
        properties: { city: '{city}' },
      }),
    );
    const args = ['import', 'csv', csv, '--map', 'people.map.json', '--json'];
    const head = await on.open.engine.stores.eventStore.head();
    const dry = await on.cebe(...args, '--dry-run', '--rejects', 'dry.ndjson');
    expect(dry.exitCode).toBe(3);
    expect(parse(dry.stdout)).toMatchObject({
      dry_run: true,
      events: 2,
      rejected: 2,
      examples: [{ message_id: 'people:1' }, { message_id: 'people:2' }],
      refused: [
        { line: 4, code: 'value_invalid', pointer: '/occurred_at' },
        { line: 5, code: 'customer_missing' },
      ],
    });
    expect(lines(readFileSync(join(on.folder, 'dry.ndjson'), 'utf8'))).toHaveLength(2);
    expect(await on.open.engine.stores.eventStore.head()).toBe(head);

    const first = await on.cebe(...args, '--rejects', 'rejected.ndjson');
    expect(first.exitCode).toBe(3);
    expect(parse(first.stdout)).toMatchObject({ accepted: 2, duplicate: 0, quarantined: 1, rejected: 1 });
    expect(lines(readFileSync(join(on.folder, 'rejected.ndjson'), 'utf8'))).toMatchObject([
      { line: 4, code: 'value_invalid', row: { id: '3', when: '2026-13-01' } },
      { line: 5, code: 'customer_missing', row: { id: '4' } },
    ]);
    const again = parse((await on.cebe(...args)).stdout) as { readonly position: string };
    expect(again).toMatchObject({ accepted: 0, duplicate: 2, quarantined: 1, rejected: 1 });
    const { body } = await on.open.call('GET', `/v1/imports?label=people.csv&min_position=${again.position}`);
    expect(body['data']).toMatchObject([
      { state: 'finished', counts: { received: 3, accepted: 2 } },
      { state: 'finished', counts: { received: 3, accepted: 0, duplicate: 2 } },
    ]);
    const wrong = await on.cebe('import', 'csv', file('other.csv', 'a,b\n1,2\n'), '--map', 'people.map.json');
    expect(wrong).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('/message_id: expected one of the columns a, b'),
    });
  });

  it('goes on where an interrupted import stopped, and sends nothing twice', async () => {
    const text = readFileSync(sampleFile(), 'utf8').split('\n').slice(0, 6_001).join('\n');
    const path = file('part.txt', text);
    const plan = await planCdnow(path, {
      client: on.client,
      now: Date.parse('2026-11-23T12:00:00Z'),
      dates: 'shift',
      label: 'part',
    });
    const stop = new AbortController();
    const interrupted = {
      ...plan,
      items: async function* () {
        for await (const item of plan.items()) {
          if (item.kind === 'entry' && item.entry.line === 5_000) stop.abort();
          yield item;
        }
      },
    };
    const options = { client: on.client, output: quiet(), statePath: join(on.folder, 'state', 'part.json') };
    await expect(runImport(interrupted, { ...options, signal: stop.signal })).rejects.toThrow();
    const { last_line: reached } = parse(readFileSync(options.statePath, 'utf8')) as { readonly last_line: number };
    expect(reached).toBeGreaterThan(1_000);
    expect(reached).toBeLessThan(5_000);

    const result = await runImport(plan, { ...options, signal: new AbortController().signal });
    expect(result.counts).toEqual({ accepted: 6_000, duplicate: 0, quarantined: 0, rejected: 0 });
    expect(existsSync(options.statePath)).toBe(false);
    const { body } = await on.open.call('GET', `/v1/imports?label=part&min_position=${result.position}`);
    expect(body['data']).toMatchObject([{ state: 'finished', counts: { received: 6_000, accepted: 6_000, duplicate: 0 } }]);
  });
});

describe('importing CDNOW', () => {
  let on: EngineOnHttp;
  beforeAll(async () => {
    on = await openEngineOnHttp();
  });
  afterAll(() => on.close());

  it('keeps the shift of the first time, also when a day has passed, and changes nothing then', async () => {
    const rows = ' customer_id  date number_of_cds  dollar_value\r\n 90001 19970101  1   11.77\r\n 90001 19980630  2   20.00\r\n';
    const path = join(on.folder, 'cdnow.txt');
    writeFileSync(path, rows);
    const before = Date.now();
    const once = await on.cebe('import', 'cdnow', path, '--json');
    const { shift_days: shift } = parse(once.stdout) as { readonly shift_days: number };
    const shifted = new Date(Date.parse('1998-06-30T12:00:00Z') + shift * 86_400_000).toISOString();
    // Midnight may have passed since it began.
    const yesterdays = [before, Date.now()].map((now) => new Date(now - 86_400_000).toISOString().slice(0, 10));
    expect(yesterdays).toContain(shifted.slice(0, 10));
    const timeline = await on.cebe('customer', 'timeline', '90001', '--json');
    expect(timeline.stderr).toBe('');
    expect(lines(timeline.stdout)).toMatchObject([
      { type: 'order_created', message_id: 'cdnow:3', occurred_at: shifted },
      { type: 'customer.identified' },
      { type: 'order_created', properties: { amount: '11.77', quantity: 1 } },
    ]);
    const later = await planCdnow(path, { client: on.client, now: Date.now() + 5 * 86_400_000, dates: 'shift' });
    expect(later.shiftDays).toBe(shift);
    const again = await on.cebe('import', 'cdnow', path, '--json', '--keep-dates');
    expect(parse(again.stdout)).toMatchObject({ accepted: 0, duplicate: 2, shift_days: shift });
    expect(await on.cebe('customer', 'timeline', '90001', '--json')).toEqual(timeline);
  });
});
