import { describe, expect, it } from '@jest/globals';
import { createPersonMatcher } from '../../../domain/customer/person-matcher.js';

const isAbout = createPersonMatcher({
  customers: ['70012'],
  identifiers: ['Ada@Mail.example', '+62 812-3456-7890', 'shop:4711', 'v1'],
});

describe('what tells whether a text is about a person', () => {
  it.each([
    ['{"customer":{"qontak_customer_id":"70012"}}'],
    ['{"customer":{"qontak_customer_id":70012}}'],
    ['{"properties":{"note":"write to ada@mail.EXAMPLE please"}}'],
    ['{"ada@mail.example":1}'],
    ['{"phone":"0062 812 3456 7890"}'],
    ['{"userId":"4711"}'],
    ['{"anonymous_id":"v1"}'],
    ['no JSON at all, ada@mail.example'],
    ['{"a":null,"b":["+6281234567890"]}'],
  ])('%s', (text) => {
    expect(isAbout(text)).toBe(true);
  });

  it.each([
    ['{"order_id":"9","quantity":70012}'],
    ['{"properties":{"note":"70012"}}'],
    ['{"userId":"4712"}'],
    ['{"note":"v1"}'],
    ['{"email":"bea@mail.example","phone":"+6281234567891"}'],
    [''],
    ['null'],
  ])('not %s', (text) => {
    expect(isAbout(text)).toBe(false);
  });
});
