import { describe, expect, it } from '@jest/globals';
import { mappedItems, parseImportMap } from '../../../cli/import/mapped-import.js';
import type { MappedKind } from '../../../cli/import/mapped-import.js';
import { chunksOf, readItems } from '../../support/import-items.js';

const orders = {
  type: 'order_created',
  message_id: 'shop:{order no}',
  customer: { qontak_customer_id: '{customer}', identifiers: { email: '{email}', external_id: 'crm:{crm id}' } },
  occurred_at: { value: '{date} {time}', format: 'dd/MM/yyyy HH:mm', zone: 'Europe/Berlin' },
  properties: {
    order_id: '{order no}',
    amount: { value: '{total}', as: 'decimal', decimal_mark: ',', group_mark: '.' },
    currency: { constant: 'EUR' },
    quantity: { value: '{items}', as: 'integer' },
    gift: { value: '{gift}', as: 'boolean' },
    note: 'row {$line} {{{note}}}',
  },
  csv: { delimiter: ';' },
};
const header = 'order no;customer;email;crm id;date;time;total;items;gift;note';

function run(map: object, text: string, kind: MappedKind = 'csv') {
  return readItems(mappedItems(chunksOf(text), parseImportMap(JSON.stringify(map), 'map.json'), { kind, zone: 'Asia/Jakarta' }));
}

function placesIn(map: unknown): readonly unknown[] {
  try {
    parseImportMap(JSON.stringify(map), 'map.json');
  } catch (error) {
    return (error as { readonly places: readonly unknown[] }).places;
  }
  return [];
}

describe('a map from CSV', () => {
  it('turns columns into an event', async () => {
    const { events, refused } = await run(
      orders,
      `\uFEFF${header}\r\n17;c1;ann@x.example;9;29/03/2026;12:00;1.234,50;2;yes;"a;b"\r\n`,
    );
    expect(refused).toEqual([]);
    expect(events).toEqual([
      {
        type: 'order_created',
        message_id: 'shop:17',
        customer: { qontak_customer_id: 'c1', identifiers: { email: 'ann@x.example', external_id: 'crm:9' } },
        occurred_at: '2026-03-29T12:00:00.000+02:00',
        properties: { order_id: '17', amount: '1234.50', currency: 'EUR', quantity: 2, gift: true, note: 'row 2 {a;b}' },
      },
    ]);
  });

  it('leaves out what is empty', async () => {
    const { events } = await run(orders, `${header}\n17;c1;;;29/03/2026;12:00;1,00;;;\n`);
    expect(events[0]).toMatchObject({
      customer: { qontak_customer_id: 'c1' },
      properties: { order_id: '17', amount: '1.00', currency: 'EUR' },
    });
    expect(events[0]?.['customer']).not.toHaveProperty('identifiers');
    expect(Object.keys(events[0]?.['properties'] as object)).toEqual(['order_id', 'amount', 'currency']);
  });

  it('refuses rows whose values are not what the map says, with line, place and row, but never with the value', async () => {
    const rows = [
      '17;c1;;;30/02/2026;12:00;1,00;1;no;',
      '18;c1;;;28/02/2026;12:00;1.00.5x;1;no;',
      ';c1;;;28/02/2026;12:00;1,00;1;no;',
      'short;row',
      '19;c1;;;28/02/2026;12:00;1,00;one;no;',
      '20;c1;;;28/02/2026;12:00;1,00;1;perhaps;',
      '21;c1;;;28/02/2026;12:00;1,00;1;no;',
    ];
    const { events, refused } = await run(orders, [header, ...rows].join('\n'));
    expect(events.map((event) => event['message_id'])).toEqual(['shop:21']);
    expect(refused.map(({ line, code, pointer }) => [line, code, pointer])).toEqual([
      [2, 'value_invalid', '/occurred_at'],
      [3, 'value_invalid', '/properties/amount'],
      [4, 'message_id_missing', '/message_id'],
      [5, 'row_invalid', undefined],
      [6, 'value_invalid', '/properties/quantity'],
      [7, 'value_invalid', '/properties/gift'],
    ]);
    expect(refused[0]?.row).toMatchObject({ date: '30/02/2026' });
    expect(refused.map(({ detail }) => detail).join()).not.toMatch(/30\/02|1\.00\.5x|perhaps/);
  });

  it('loses no row to a quote in the wrong place, and stops at one that is not closed', async () => {
    const simple = { type: 't_x', message_id: '{id}', customer: { qontak_customer_id: '{c}' }, properties: { a: '{a}' } };
    const text = 'id,c,a\n1,c1,5" pipe\n2,c1,"no"t\n3,c1,"two\n""lines"" "\n4,c1,x\n';
    const { events, refused } = await run(simple, text);
    expect(refused).toEqual([]);
    expect(events.map((event) => event['properties'])).toEqual([
      { a: '5" pipe' },
      { a: '"no"t' },
      { a: 'two\n"lines" ' },
      { a: 'x' },
    ]);
    await expect(run(simple, 'id,c,a\n1,c1,x\n2,c1,"open\n3,c1,x\n')).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('not closed'),
    });
  });

  it('says which places read columns that are not there', async () => {
    const error: unknown = await run(orders, 'order no;customer;email\n1;2;3\n').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'invalid_input',
      places: expect.arrayContaining([
        { pointer: '/customer/identifiers/external_id', detail: expect.stringContaining('crm id') },
        { pointer: '/properties/amount', detail: expect.stringContaining('total') },
      ]),
    });
    await expect(run(orders, '')).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(run(orders, `${header};note\n`)).rejects.toMatchObject({ message: expect.stringContaining('note comes twice') });
  });

  it('takes names of columns from the map, and other encodings', async () => {
    const map = {
      type: 't_x',
      message_id: '{id}',
      customer: { qontak_customer_id: '{c}' },
      properties: { city: '{city}' },
      csv: { columns: ['id', 'c', 'city'], encoding: 'latin1' },
    };
    const chunks = (async function* () {
      yield Buffer.from('1,c1,K\u00f6ln\n', 'latin1');
    })();
    const { events } = await readItems(
      mappedItems(chunks, parseImportMap(JSON.stringify(map), 'm'), { kind: 'csv', zone: 'UTC' }),
    );
    expect(events[0]).toMatchObject({ properties: { city: 'Köln' } });
    await expect(run({ ...map, csv: { columns: ['id', 'c', 'city'] } }, '1,c1,x\n')).resolves.toMatchObject({ refused: [] });
  });
});

describe('a map from NDJSON', () => {
  const calls = {
    type: '{kind}',
    message_id: '{id}',
    customer: { identifiers: { phone: '{user.phones.0}' } },
    occurred_at: { value: '{at}', format: 'unix_s' },
    properties: {
      duration_sec: '{seconds}',
      tags: '{tags}',
      agent: { value: '{agent.id}', as: 'text' },
      at: { value: '{day}', as: 'time' },
    },
  };

  it('reads paths, and takes values as they are', async () => {
    const row = {
      kind: 'call_logged',
      id: 7,
      user: { phones: ['+62812'] },
      at: 1_790_000_000,
      seconds: 31.5,
      tags: ['a', 'b'],
      agent: { id: 12 },
      day: '2026-11-20 08:30:00',
    };
    const { events, refused } = await run(
      calls,
      `${JSON.stringify(row)}\n\n[1]\nnot json\n{"kind":"x","id":"8","at":"soon"}\n`,
      'ndjson',
    );
    expect(events).toEqual([
      {
        type: 'call_logged',
        message_id: '7',
        customer: { identifiers: { phone: '+62812' } },
        occurred_at: '2026-09-21T14:13:20.000Z',
        properties: { duration_sec: 31.5, tags: ['a', 'b'], agent: '12', at: '2026-11-20T08:30:00.000+07:00' },
      },
    ]);
    expect(refused.map(({ line, code, pointer }) => [line, code, pointer])).toEqual([
      [3, 'row_invalid', undefined],
      [4, 'row_invalid', undefined],
      [5, 'value_invalid', '/occurred_at'],
    ]);
  });
});

describe('a map with mistakes', () => {
  it('is refused with a pointer to each', () => {
    expect(
      placesIn({
        type: 'a {b',
        message_id: '',
        customer: { identifiers: { fax: '{fax}' } },
        properties: {
          'a/b': { value: '{x}', constant: 1 },
          c: { value: '{x}', as: 'money' },
          d: { value: '{x}', zone: 'Mars/X' },
        },
        extra: 1,
      }),
    ).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ pointer: '/type', detail: expect.stringContaining('{') }),
        expect.objectContaining({ pointer: '/message_id' }),
        expect.objectContaining({ pointer: '/customer/identifiers/fax' }),
        expect.objectContaining({ pointer: '/properties/a~1b', detail: 'expected either value or constant' }),
        expect.objectContaining({ pointer: '/properties/c/as' }),
        expect.objectContaining({ pointer: '/extra' }),
      ]),
    );
    expect(placesIn({ ...orders, occurred_at: { value: '{date}', zone: 'Mars/Olympus' } })).toMatchObject([
      { pointer: '/occurred_at/zone' },
    ]);
    expect(() => parseImportMap('{', 'map.json')).toThrow(/map\.json/);
  });
});
