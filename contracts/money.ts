/** Decimals of each ISO 4217 currency, with some that were withdrawn lately: history is imported in them. Frozen: stored amounts depend on it. */
const codesByDecimals: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP ' +
    'COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR ' +
    'JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK ' +
    'NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT ' +
    'TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG ZWL',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

const decimalsByCode: ReadonlyMap<string, number> = new Map(
  Object.entries(codesByDecimals).flatMap(([decimals, codes]) =>
    codes.split(' ').map((code) => [code, Number(decimals)] as const),
  ),
);

/** A decimal as it stands on the wire: digits, perhaps a point and more digits. */
const decimalPattern = /^\d{1,16}(?:\.\d{1,40})?$/;

export type MoneyRefusal = {
  readonly ok: false;
  readonly code: 'amount_invalid' | 'amount_too_precise' | 'currency_unknown';
  readonly detail: string;
};

/** How many decimals an ISO 4217 currency has (`USD` 2, `JPY` 0); undefined for an unknown code. Expects capitals. */
export function currencyDecimals(code: string): number | undefined {
  return decimalsByCode.get(code);
}

/** Turns a decimal amount into whole minor units, exactly: `19.90 USD` is 1990. More decimals than the currency has are refused. */
export function toMinorUnits(
  amount: number | string,
  currency: string,
): { readonly ok: true; readonly minor: number } | MoneyRefusal {
  const decimals = currencyDecimals(currency);
  if (decimals === undefined) return { ok: false, code: 'currency_unknown', detail: 'expected a code of ISO 4217 such as USD' };
  const decimal = String(amount);
  if (!decimalPattern.test(decimal)) {
    return {
      ok: false,
      code: 'amount_invalid',
      detail: 'expected a decimal from 0, such as 19.90, of at most 9,007,199,254,740,991 minor units',
    };
  }
  const [whole = '', fraction = ''] = decimal.split('.');
  if (fraction.length > decimals) {
    const detail = `expected at most ${decimals} decimals, which is what ${currency} has; found ${fraction.length}`;
    return { ok: false, code: 'amount_too_precise', detail };
  }
  const minor = Number(whole + fraction.padEnd(decimals, '0'));
  // Up to 15 digits a JSON number is the decimal that was written; beyond, its fraction may have become another one on the way.
  if (typeof amount === 'number' && !Number.isInteger(amount) && minor >= 1e15) {
    return { ok: false, code: 'amount_invalid', detail: 'expected an amount of more than 15 digits as text, found a number' };
  }
  if (Number.isSafeInteger(minor)) return { ok: true, minor };
  return { ok: false, code: 'amount_invalid', detail: 'expected an amount of at most 9,007,199,254,740,991 minor units' };
}

/** The decimal of whole minor units, as a number or as digits: 1990 of USD is `19.90`. An unknown currency is taken to have two decimals. */
export function fromMinorUnits(minor: number | string, currency: string): string {
  const decimals = currencyDecimals(currency) ?? 2;
  const text = String(minor);
  const sign = text.startsWith('-') ? '-' : '';
  const digits = text.slice(sign.length).padStart(decimals + 1, '0');
  if (decimals === 0) return sign + digits;
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
