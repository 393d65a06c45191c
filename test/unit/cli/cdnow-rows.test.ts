import { createReadStream } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { cdnowItems, noonOf, parseCdnowLine, shiftToYesterday, surveyCdnow } from '../../../cli/import/cdnow-rows.js';
import { sampleFile } from '../../../cli/import/sample-file.js';
import { decodeText, readLines } from '../../../cli/sending/read-lines.js';
import { chunksOf, readItems } from '../../support/import-items.js';

const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 86_400_000;
const sample = () => readLines(decodeText(createReadStream(sampleFile())));

describe('the CDNOW file', () => {
  it('holds what its authors say', async () => {
    expect(await surveyCdnow(sample())).toEqual({
      purchases: 69_659,
      customers: 23_570,
      discs: 167_881,
      cents: 250_031_563,
      firstDay: dayOf('1997-01-01'),
      lastDay: dayOf('1998-06-30'),
      lines: 69_660,
    });
  });

  it('becomes one order a line, also for lines that are equal and for values of 0.00', async () => {
    const { events, refused } = await readItems(cdnowItems(sample(), { shiftDays: 0, zone: 'Asia/Jakarta' }));
    expect(refused).toEqual([]);
    expect(new Set(events.map((event) => event['message_id'])).size).toBe(69_659);
    expect(events[0]).toEqual({
      type: 'order_created',
      message_id: 'cdnow:2',
      customer: { qontak_customer_id: '00001', identifiers: { email: '00001@cdnow.example' } },
      properties: {
        order_id: 'cdnow-2',
        amount: '11.77',
        currency: 'USD',
        quantity: 1,
        created_at: '1997-01-01T12:00:00.000+07:00',
      },
    });
    expect(events.filter(({ properties }) => (properties as { amount: string }).amount === '0.00')).toHaveLength(80);
  });

  it('refuses lines that are no purchase, with their number', async () => {
    const text =
      ' customer_id  date number_of_cds  dollar_value\r\n 00001 19970101  1   11.77\r\n\r\n 00002 19970230  1   12.00\r\nx\r\n';
    const { events, refused } = await readItems(cdnowItems(readLines(decodeText(chunksOf(text))), { shiftDays: 0, zone: 'UTC' }));
    expect(events).toHaveLength(1);
    expect(refused).toMatchObject([
      { line: 4, code: 'row_invalid', row: ' 00002 19970230  1   12.00' },
      { line: 5, code: 'row_invalid', row: 'x' },
    ]);
    await expect(surveyCdnow(readLines(decodeText(chunksOf('a,b\n'))))).rejects.toMatchObject({ code: 'invalid_input' });
    expect(parseCdnowLine({ line: 2, text: ' customer_id  date number_of_cds  dollar_value' })).toMatchObject({
      code: 'row_invalid',
    });
  });
});

describe('the shift of dates', () => {
  it('moves the last purchase to yesterday, as the workspace sees the day', () => {
    const lastDay = dayOf('1998-06-30');
    const now = Date.parse('2026-11-23T18:00:00Z');
    expect(lastDay + shiftToYesterday(lastDay, { zone: 'UTC', now })).toBe(dayOf('2026-11-22'));
    expect(lastDay + shiftToYesterday(lastDay, { zone: 'Asia/Jakarta', now })).toBe(dayOf('2026-11-23'));
    expect(lastDay + shiftToYesterday(lastDay, { zone: 'Pacific/Honolulu', now: Date.parse('2026-11-23T09:00:00Z') })).toBe(
      dayOf('2026-11-21'),
    );
  });

  it('puts each purchase at 12:00 of the workspace, on both sides of a change of the clocks', () => {
    expect(noonOf(dayOf('2026-03-28'), 'Europe/Berlin')).toBe('2026-03-28T12:00:00.000+01:00');
    expect(noonOf(dayOf('2026-03-29'), 'Europe/Berlin')).toBe('2026-03-29T12:00:00.000+02:00');
    expect(noonOf(dayOf('2026-10-24'), 'Europe/Berlin')).toBe('2026-10-24T12:00:00.000+02:00');
    expect(noonOf(dayOf('2026-10-25'), 'Europe/Berlin')).toBe('2026-10-25T12:00:00.000+01:00');
    expect(() => noonOf(1, 'Mars/Olympus')).toThrow(/IANA time zone/);
  });
});
