import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import {
  makeMessageToken,
  makeUnsubscribeToken,
  openMessageToken,
  openUnsubscribeToken,
  unsubscribeTokenWorkspace,
} from '../../../domain/campaign/tokens.js';

const key = Buffer.alloc(32, 7);
const inMain = { workspace: 'main', key };
const id = fc.oneof(fc.uuid(), fc.string({ unit: 'grapheme', maxLength: 100 }));
const messageRef = fc.record({ run_id: id, customer_id: id, attempt_id: id });
const unsubscribeRef = fc.record(
  { customer_id: id, channel: fc.constantFrom('email', 'whatsapp'), purpose: id, run_id: fc.uuid() },
  { requiredKeys: ['customer_id', 'channel', 'purpose'] },
);

describe('message tokens', () => {
  it('open to what they were made from, and are the same each time', () => {
    fc.assert(
      fc.property(messageRef, (ref) => {
        const token = makeMessageToken(ref, inMain);
        expect(openMessageToken(token, inMain)).toEqual(ref);
        expect(makeMessageToken(ref, inMain)).toBe(token);
        expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
      }),
    );
  });

  it('never share what they were made with: other references, other tokens', () => {
    fc.assert(
      fc.property(messageRef, messageRef, (one, two) => {
        const same = JSON.stringify(one) === JSON.stringify(two);
        expect(makeMessageToken(one, inMain) === makeMessageToken(two, inMain)).toBe(same);
      }),
    );
  });

  it('open under no other key and no other workspace', () => {
    const token = makeMessageToken({ run_id: 'r', customer_id: 'c', attempt_id: 'a' }, inMain);
    expect(openMessageToken(token, { workspace: 'main', key: randomBytes(32) })).toBeNull();
    expect(openMessageToken(token, { workspace: 'other', key })).toBeNull();
  });

  it('tell outsiders nothing', () => {
    const token = makeMessageToken({ run_id: 'run-secret', customer_id: 'customer-secret', attempt_id: 'a' }, inMain);
    expect(Buffer.from(token, 'base64url').toString('latin1')).not.toContain('secret');
  });

  it('open no more when any character is changed, or for what was never one', () => {
    const token = makeMessageToken({ run_id: 'r', customer_id: 'c', attempt_id: 'a' }, inMain);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom('A', 'b', '_', '=', '.'), (at, char) => {
        const changed = token.slice(0, at) + char + token.slice(at + 1);
        expect(openMessageToken(changed, inMain) === null).toBe(changed !== token);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => openMessageToken(text, inMain) === null));
    fc.assert(fc.property(fc.base64String(), (text) => openMessageToken(text, inMain) === null));
  });

  it('stay as they are: tokens in mail that was sent must open for ever', () => {
    const ref = {
      run_id: '6f1d5a0e-5d0c-5b6e-9a53-0a4c3c1f7a01',
      customer_id: 'c_1',
      attempt_id: '0b0e2c3a-9a53-4b6e-8a53-0a4c3c1f7a02',
    };
    expect(makeMessageToken(ref, inMain)).toBe(
      'AUIHSJ_AesW-EpRq6Qofmp8nZdho1VwieENi14C-NzJ2zrPqW2kDDSqS2kannb39CApggOPIDqqbxBAxJqfJNay6jpfO',
    );
    expect(makeUnsubscribeToken({ customer_id: 'c_1', channel: 'email', purpose: 'marketing', run_id: ref.run_id }, inMain)).toBe(
      'main.AfjjD59wQJUR18bN7fJdOnHOBr6ckz8wES690TJvhPYq2IH9ZxetrAzzqIecAjXdVwONzDOBE-AFQ9cOQA-U4GjlOJnmLeUR',
    );
  });
});

describe('unsubscribe tokens', () => {
  it('name their workspace in the clear and open to what they were made from', () => {
    fc.assert(
      fc.property(unsubscribeRef, (ref) => {
        const token = makeUnsubscribeToken(ref, inMain);
        expect(unsubscribeTokenWorkspace(token)).toBe('main');
        expect(openUnsubscribeToken(token, inMain)).toEqual(ref);
        expect(encodeURIComponent(token)).toBe(token);
      }),
    );
  });

  it('are no message tokens, nor the other way round, even under one key', () => {
    const token = makeUnsubscribeToken({ customer_id: 'c', channel: 'email', purpose: 'marketing' }, inMain);
    expect(openMessageToken(token.slice('main.'.length), inMain)).toBeNull();
    expect(
      openUnsubscribeToken(`main.${makeMessageToken({ run_id: 'r', customer_id: 'c', attempt_id: 'a' }, inMain)}`, inMain),
    ).toBeNull();
  });

  it('cannot be moved to another workspace', () => {
    const token = makeUnsubscribeToken({ customer_id: 'c', channel: 'email', purpose: 'marketing' }, inMain);
    expect(openUnsubscribeToken(token.replace('main.', 'other.'), { workspace: 'other', key })).toBeNull();
    expect(openUnsubscribeToken(token, { workspace: 'other', key })).toBeNull();
  });

  it.each(['', 'main', 'main.', '.abc', 'MAIN.abc', 'a/b.abc', 'main.abc.def', `${'a'.repeat(33)}.abc`])(
    '%j has no workspace',
    (token) => {
      expect(unsubscribeTokenWorkspace(token)).toBeNull();
    },
  );
});
