import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isBlockedValue } from '../../../../domain/identity/blocked-values.js';
import { keyedHash } from '../../../../domain/identity/keyed-hash.js';
import { readIdentifiers } from '../../../../domain/identity/identifiers.js';
import { parseAddress } from '../../../../channels/mailbox.js';
import { lookUpOrder, normaliseEmail, normaliseIdentifier, normalisePhone } from '../../../../domain/identity/normalisers.js';

const options = { source: 'cdp' };
const lookUpKey = new Uint8Array(32).fill(3);

/** Frozen: hashes of these forms stand in logs. A line may be added, never changed. */
const frozen = {
  email: [
    ['Ada@Example.com ', 'ada@example.com'],
    ['\tADA@MAIL.CO.ID\n', 'ada@mail.co.id'],
    ['Foo.Bar+x@gmail.com', 'foo.bar+x@gmail.com'],
    ['ada@localhost', 'ada@localhost'],
    ['ADÀ@exämple.de', 'adà@exämple.de'],
    ['no address', null],
    ['two@signs@mail.com', null],
    ['@mail.com', null],
    ['ada@', null],
    ['ada\u0000@mail.com', null],
    ['lt<b>@x.com', null],
    ['semi;colon@x.com', null],
    ['Ada <ada@mail.com>', null],
    ['"ada"@mail.com', null],
    ['ada@[127.0.0.1]', null],
    [`${'a'.repeat(64)}@mail.com`, `${'a'.repeat(64)}@mail.com`],
    [`${'a'.repeat(65)}@mail.com`, null],
  ],
  phone: [
    ['62812345678', '+62812345678'],
    ['+62812345678', '+62812345678'],
    ['0812345678', '+62812345678'],
    ['0812-3456-7834', '+6281234567834'],
    ['+62 (812) 3456 7834', '+6281234567834'],
    [6281234567834, '+6281234567834'],
    ['+1 213 373 4253', '+12133734253'],
    ['+442079460958', '+442079460958'],
    ['+1 213 373 4253 ext. 12', null],
    ['call me at 0812345678', null],
    ['12', null],
    ['+6200000000', null],
    [0.5, null],
  ],
  external_id: [
    ['cdp:70012', 'cdp:70012'],
    ['CRM:AbC-17', 'crm:AbC-17'],
    [' shop: 9 ', 'shop:9'],
    ['70012', 'cdp:70012'],
    [70012, 'cdp:70012'],
    ['a:b:c', 'a:b:c'],
    ['crm:null', null],
    ['crm:0', null],
    ['crm:', null],
    [':1', null],
    [' : 1', null],
    [':', null],
    ['crm', 'cdp:crm'],
    ['111111', null],
  ],
  anonymous_id: [
    [' 5f2C ', '5f2C'],
    ['00000000-0000-0000-0000-000000000000', null],
    ['x'.repeat(321), null],
    [{ id: 1 }, null],
    [undefined, null],
  ],
} as const;

describe('normalising an identifier', () => {
  for (const kind of lookUpOrder) {
    it.each([...frozen[kind]])(`${kind} %j becomes %j`, (value, normalised) => {
      expect(normaliseIdentifier(kind, value, options)).toBe(normalised);
    });
  }

  it('reads national numbers in the country that the workspace says', () => {
    expect(normalisePhone('(213) 373-4253', 'US')).toBe('+12133734253');
    expect(normalisePhone('620 555 1234', 'US')).toBe('+16205551234');
    expect(normalisePhone('020 7946 0958', 'GB')).toBe('+442079460958');
  });

  it('takes an address for an identifier exactly when it can be written to', () => {
    const character = fc.oneof(
      fc.constantFrom(...'a Z 0 . + - _ @ < > ( ) [ ] , : ; " \\ é \u0000 \u200b \u2028'.split(' '), ' '),
      fc.string({ minLength: 1, maxLength: 1 }),
    );
    const text = fc.array(character, { minLength: 1, maxLength: 8 }).map((characters) => characters.join(''));
    const odd = fc.tuple(text, text).map(([local, domain]) => `${local}@${domain}`);
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), odd), (sent) => {
        const known = normaliseEmail(sent);
        expect(known).toBe(parseAddress(sent.trim().toLowerCase()));
      }),
      { numRuns: 1_000 },
    );
  });

  it('changes nothing that is normalised already', () => {
    const value = fc.oneof(fc.emailAddress(), fc.string(), fc.stringMatching(/^\+?[0-9]{6,15}$/));
    fc.assert(
      fc.property(fc.constantFrom(...lookUpOrder), value, (kind, sent) => {
        const once = normaliseIdentifier(kind, sent, options);
        if (once !== null) expect(normaliseIdentifier(kind, once, options)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });

  it('takes nothing for an identifier that systems write where they know nothing', () => {
    const blocked = [
      '',
      ' ',
      'null',
      'NULL',
      ' Undefined ',
      'none',
      'nil',
      'N/A',
      '0',
      '-1',
      'guest',
      'Anonymous',
      'unknown',
      'true',
      'FALSE',
    ];
    for (const value of [...blocked, '00000000-0000-0000-0000-000000000000', '0000000', '999']) {
      expect(isBlockedValue(value)).toBe(true);
      for (const kind of lookUpOrder) expect(normaliseIdentifier(kind, value, options)).toBeNull();
    }
    for (const value of ['7', '12', 'nilson', '1112']) expect(isBlockedValue(value)).toBe(false);
  });
});

describe('the keyed hash', () => {
  it('is frozen', () => {
    expect(keyedHash(lookUpKey, 'email', 'ada@example.com')).toBe('cg7dn2ndwv5fmoyf6qvvs5badtcts6uo');
  });

  it('differs by kind, value and key', () => {
    const hashes = [
      keyedHash(lookUpKey, 'email', 'ada@example.com'),
      keyedHash(lookUpKey, 'external_id', 'ada@example.com'),
      keyedHash(lookUpKey, 'email', 'eda@example.com'),
      keyedHash(new Uint8Array(32).fill(4), 'email', 'ada@example.com'),
    ];
    expect(new Set(hashes).size).toBe(4);
    for (const hash of hashes) expect(hash).toMatch(/^[a-z2-7]{32}$/);
  });
});

describe('the identifiers of an event', () => {
  it('are those that identify someone, each once, in look-up order', () => {
    const identifiers = readIdentifiers(
      [
        { kind: 'anonymous_id', value: 'v-1' },
        { kind: 'phone', value: 'unknown' },
        { kind: 'email', value: 'Ada@Example.com' },
        { kind: 'email', value: 'ada@example.com ' },
        { kind: 'external_id', value: 'crm:17' },
      ],
      { ...options, lookUpKey },
    );
    expect(identifiers).toEqual([
      { kind: 'external_id', value: 'crm:17', hash: keyedHash(lookUpKey, 'external_id', 'crm:17') },
      { kind: 'email', value: 'ada@example.com', hash: keyedHash(lookUpKey, 'email', 'ada@example.com') },
      { kind: 'anonymous_id', value: 'v-1', hash: keyedHash(lookUpKey, 'anonymous_id', 'v-1') },
    ]);
  });
});
