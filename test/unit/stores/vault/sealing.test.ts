import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import type { SealedPart } from '../../../../contracts/events/event.js';
import { createRandomBytes } from '../../../../stores/vault/random-bytes.js';
import { type ClassifiedFields, isPersonal, openPart, sealBody, type SealOptions } from '../../../../stores/vault/sealing.js';
import { subjectOfStream } from '../../../../stores/vault/subjects.js';

const key = { keyId: 'k1', key: new Uint8Array(32).fill(1) };
const options: SealOptions = { workspace: 'w1', subject: 'customer/70012', eventId: 'e1', key, randomBytes };
const ada: ClassifiedFields = {
  plain: { order_id: '9' },
  hashes: { email: 'h' },
  direct: { email: 'ada@example.com', first_name: 'Adalina' },
  quasi: { city: 'Bandung', 'context.locale': 'id' },
};

function partOf(fields: ClassifiedFields, piiClass: SealedPart['class'], how: SealOptions = options): SealedPart {
  const part = sealBody(fields, how).sealed.find((candidate) => candidate.class === piiClass);
  if (part === undefined) throw new Error(`expected a ${piiClass} part`);
  return part;
}

describe('sealing a body', () => {
  it('keeps plain values and hashes, and makes one part for direct and one for quasi values', () => {
    const body = sealBody(ada, options);
    expect(body.plain).toEqual({ order_id: '9' });
    expect(body.hashes).toEqual({ email: 'h' });
    expect(body.sealed.map((part) => [part.class, part.key_id, part.fields])).toEqual([
      ['direct', 'k1', ['email', 'first_name']],
      ['quasi', 'k1', ['city', 'context.locale']],
    ]);
    expect(JSON.stringify(body)).not.toMatch(/ada@|adalina|bandung/i);
  });

  it('opens each part to exactly what was sealed', () => {
    expect(openPart(partOf(ada, 'direct'), key.key, options)).toEqual(ada.direct);
    expect(openPart(partOf(ada, 'quasi'), key.key, options)).toEqual(ada.quasi);
  });

  it('needs no key where nothing is personal, and refuses to go on without one where something is', () => {
    const plain = { ...ada, direct: {}, quasi: {} };
    const { key: _key, ...withoutKey } = options;
    expect(isPersonal(plain)).toBe(false);
    expect(sealBody(plain, withoutKey).sealed).toEqual([]);
    expect(isPersonal(ada)).toBe(true);
    expect(() => sealBody(ada, withoutKey)).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  it('uses another nonce for each part', () => {
    const parts = Array.from({ length: 20 }, () => sealBody(ada, options).sealed).flat();
    expect(new Set(parts.map((part) => part.iv)).size).toBe(40);
  });

  it.each([
    ['workspace', { ...options, workspace: 'w2' }],
    ['customer', { ...options, subject: 'customer/70013' }],
    ['event', { ...options, eventId: 'e2' }],
  ])('does not open for another %s', (_, binding) => {
    expect(() => openPart(partOf(ada, 'direct'), key.key, binding)).toThrow(expect.objectContaining({ code: 'corrupt_event' }));
  });

  it('does not open with another key, as another class, or after any change', () => {
    const part = partOf(ada, 'direct');
    const damaged = Buffer.from(part.ct, 'base64');
    damaged[3] = (damaged[3] ?? 0) ^ 1;
    const corrupt = expect.objectContaining({ code: 'corrupt_event', details: { event_id: 'e1', key_id: 'k1' } });
    expect(() => openPart(part, new Uint8Array(32).fill(2), options)).toThrow(corrupt);
    expect(() => openPart({ ...part, class: 'quasi' }, key.key, options)).toThrow(corrupt);
    expect(() => openPart({ ...part, ct: damaged.toString('base64') }, key.key, options)).toThrow(corrupt);
    expect(() => openPart({ ...part, ct: part.ct.slice(0, 20) }, key.key, options)).toThrow(corrupt);
    expect(() => openPart({ ...part, ct: '', iv: '' }, key.key, options)).toThrow(corrupt);
  });

  it('opens to what was sealed for any values', () => {
    const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean(), fc.array(fc.string()));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (values) => {
        const sealed = sealBody({ ...ada, direct: values, quasi: {} }, options).sealed[0];
        expect(sealed === undefined ? {} : openPart(sealed, key.key, options)).toEqual({ ...values });
      }),
      { numRuns: 200 },
    );
  });
});

describe('random bytes', () => {
  it('gives out as many as asked and never the same twice', () => {
    const draw = createRandomBytes();
    const nonces = Array.from({ length: 5000 }, () => Buffer.from(draw(12)).toString('hex'));
    expect(new Set(nonces).size).toBe(5000);
    expect(nonces.every((nonce) => nonce.length === 24)).toBe(true);
    expect(draw(10_000).byteLength).toBe(10_000);
  });
});

describe('whose key seals a stream', () => {
  it.each([
    ['customer', 'customer/1'],
    ['erasure', 'erasure/1'],
    ['quarantine', 'quarantine/1'],
    ['segment', 'workspace'],
    ['suppression', 'workspace'],
  ] as const)('of category %s: %s', (category, subject) => {
    expect(subjectOfStream({ category, workspace: 'w1', id: '1' })).toBe(subject);
  });
});
