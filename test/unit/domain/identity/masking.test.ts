import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { maskEmail, maskPhone, maskText, maskValue } from '../../../../domain/identity/masking.js';
import { holdsContact, looksPersonal, personalLook } from '../../../../domain/identity/personal-values.js';

describe('masking', () => {
  it.each([
    ['ada@mail.com', 'a***@mail.com'],
    [' Ada@mail.com ', 'A***@mail.com'],
    ['+62812345678345', '+62812****345'],
    ['0812 3456 7834', '08123****834'],
    ['Ada', 'A***'],
    ['Jalan Merdeka 17, Bandung', 'J***'],
    ['write to ada@mail.com please', 'w***'],
    ['call me at +62 812 3456 7834', 'c***'],
    ['Al', '***'],
    ['', '***'],
    ['😀 smile', '😀***'],
  ])('%j becomes %j', (value, masked) => {
    expect(maskValue(value)).toBe(masked);
  });

  it('hides whole what is no text', () => {
    for (const value of [17, true, ['ada@mail.com'], { name: 'Ada' }]) expect(maskValue(value)).toBe('***');
  });

  it('never shows the middle four digits of a phone number, or any of one that is too short', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\+?[0-9]{1,15}$/), (phone) => {
        const shown = maskPhone(phone).replace(/\D/g, '').length;
        expect(shown).toBeLessThanOrEqual(Math.max(0, phone.replace(/\D/g, '').length - 4));
      }),
    );
  });

  it('never holds an address that it masks', () => {
    // An address whose name is asterisks alone is masked to asterisks.
    const named = fc.emailAddress().filter((email) => !/^\*+@/.test(email));
    fc.assert(
      fc.property(named, (email) => {
        expect(maskEmail(email)).not.toContain(email);
        expect(maskText(email)).not.toContain(email);
      }),
    );
  });
});

describe('what looks personal', () => {
  it.each([
    ['ada@example.com', 'email'],
    ['mail Ada <ada@example.co.id>, please', 'email'],
    ['order-ada@example.com-17', 'email'],
    ['+62 812-3456-7834', 'phone'],
    ['(+62) 81234567834', 'phone'],
    ['081234567834', 'phone'],
    ['6281234567834', 'phone'],
    [6281234567834, 'phone'],
    [[1, { note: 'ada@example.com' }], 'email'],
    ['call me at +62 812 3456 7834 please', 'phone'],
    ['INV-081234567890', null],
    ['1234567890', null],
    ['a+1234567890', null],
    ['2026-11-22T10:00:00+07:00', null],
    ['2026-11-22', null],
    ['2026-11-22T10:00:00Z', null],
    [1732270000000, null],
    ['Bandung', null],
    ['@handle', null],
    ['a @ b.com', null],
    ['user@host', null],
    ['+1', null],
    [true, null],
    [{}, null],
  ])('%j: %j', (value, look) => {
    expect(personalLook(value)).toBe(look);
    expect(looksPersonal(value)).toBe(look !== null);
  });

  it('sees every address, wherever it stands', () => {
    fc.assert(
      fc.property(fc.emailAddress(), fc.string(), fc.string(), (email, before, after) => {
        expect(holdsContact(`${before} ${email} ${after}`)).toBe(true);
      }),
    );
  });

  it('looks through hostile text in no time', () => {
    expect(personalLook('@'.repeat(32_000))).toBeNull();
    expect(personalLook(`${'a.'.repeat(8_000)}@`.repeat(2))).toBe('email');
    expect(personalLook('+'.repeat(32_000))).toBeNull();
    expect(personalLook('+1 '.repeat(10_000))).toBeNull();
  });
});
