import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { currencyDecimals, fromMinorUnits, toMinorUnits } from '../../../contracts/money.js';

describe('money on the wire', () => {
  it.each([
    ['19.90', 'USD', 1990],
    [19.9, 'USD', 1990],
    [0, 'USD', 0],
    [0.1, 'USD', 10],
    ['1500', 'JPY', 1500],
    ['15000.5', 'IDR', 1_500_050],
    ['1.234', 'KWD', 1234],
    ['0.0001', 'CLF', 1],
    ['90071992547409.91', 'USD', Number.MAX_SAFE_INTEGER],
  ])('stores %s %s as %s minor units', (amount, currency, minor) => {
    expect(toMinorUnits(amount, currency)).toEqual({ ok: true, minor });
  });

  it.each([
    ['19.999', 'USD', 'amount_too_precise'],
    [0.1 + 0.2, 'USD', 'amount_too_precise'],
    ['10.5', 'JPY', 'amount_too_precise'],
    ['-1', 'USD', 'amount_invalid'],
    ['', 'USD', 'amount_invalid'],
    ['1e3', 'USD', 'amount_invalid'],
    ['1,000', 'USD', 'amount_invalid'],
    [1e21, 'USD', 'amount_invalid'],
    [1e-7, 'USD', 'amount_invalid'],
    [Infinity, 'USD', 'amount_invalid'],
    ['90071992547409.92', 'USD', 'amount_invalid'],
    ['9007199254740993.00', 'USD', 'amount_invalid'],
    [90071992547409.91, 'USD', 'amount_invalid'],
    ['1', 'ZZZ', 'currency_unknown'],
    ['1', '', 'currency_unknown'],
  ])('refuses %s %s with %s', (amount, currency, code) => {
    expect(toMinorUnits(amount, currency)).toMatchObject({ ok: false, code });
  });

  it('knows currencies with no, two, three and four decimals', () => {
    expect(['JPY', 'USD', 'IDR', 'KWD', 'UYW', 'ABC'].map(currencyDecimals)).toEqual([0, 2, 2, 3, 4, undefined]);
  });

  it('comes back as the same minor units from the decimal it writes', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.constantFrom('JPY', 'USD', 'KWD', 'CLF'), (minor, currency) => {
        expect(toMinorUnits(fromMinorUnits(minor, currency), currency)).toEqual({ ok: true, minor });
      }),
    );
  });

  it('writes negative minor units with their sign', () => {
    expect(fromMinorUnits(-5, 'USD')).toBe('-0.05');
  });

  it('takes whole numbers of any exact size, and asks for long fractions as text', () => {
    expect(toMinorUnits(90_071_992_547_409, 'USD')).toEqual({ ok: true, minor: 9_007_199_254_740_900 });
    expect(toMinorUnits(70368744177664.01, 'USD')).toMatchObject({ detail: expect.stringContaining('as text') });
    expect(toMinorUnits('70368744177664.01', 'USD')).toEqual({ ok: true, minor: 7_036_874_417_766_401 });
    expect(fromMinorUnits('18014398509481982', 'USD')).toBe('180143985094819.82');
  });
});
