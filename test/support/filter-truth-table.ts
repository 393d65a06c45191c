import type { JsonObject } from '../../contracts/json.js';
import type { Filter } from '../../stores/document-store/filter.js';

interface TruthCase {
  readonly says: string;
  readonly filter: Filter;
  readonly holds: readonly JsonObject[];
  readonly fails: readonly JsonObject[];
}

/** What filters mean, case by case. */
export const truthTable: readonly TruthCase[] = [
  {
    says: 'eq holds for the same value of the same type',
    filter: { kind: 'eq', path: ['a'], value: 1 },
    holds: [{ a: 1 }, { a: 1.0, b: 2 }],
    fails: [{}, { a: 2 }, { a: '1' }, { a: true }, { b: 1 }, { a: { a: 1 } }],
  },
  {
    says: 'eq of true does not hold for 1',
    filter: { kind: 'eq', path: ['a'], value: true },
    holds: [{ a: true }, { a: [1, true] }],
    fails: [{ a: 1 }, { a: 'true' }, { a: false }, { a: [1] }, {}],
  },
  {
    says: 'eq of a text does not hold for an object that reads the same',
    filter: { kind: 'eq', path: ['a'], value: '{"b":1}' },
    holds: [{ a: '{"b":1}' }],
    fails: [{ a: { b: 1 } }, { a: [{ b: 1 }] }],
  },
  {
    says: 'eq holds for an array when it holds for any element, one level deep',
    filter: { kind: 'eq', path: ['a'], value: 'x' },
    holds: [{ a: ['x'] }, { a: [1, 'x', 'y'] }],
    fails: [{ a: [] }, { a: ['y'] }, { a: [['x']] }, { a: [{ a: 'x' }] }, { a: { x: 'x' } }],
  },
  {
    says: 'arrays on the way are not entered',
    filter: { kind: 'eq', path: ['a', 'b'], value: 1 },
    holds: [{ a: { b: 1 } }, { a: { b: [1] } }],
    fails: [{ a: [{ b: 1 }] }, { a: 1 }, { 'a.b': 1 }],
  },
  {
    says: 'a key of digits is no index of an array',
    filter: { kind: 'exists', path: ['a', '0'] },
    holds: [{ a: { 0: 'x' } }],
    fails: [{ a: ['x'] }, { a: 'x' }],
  },
  {
    says: 'a key with a dot is one level',
    filter: { kind: 'range', path: ['sums', 'amount_minor.USD'], gte: 100 },
    holds: [{ sums: { 'amount_minor.USD': 100 } }],
    fails: [{ sums: { amount_minor: { USD: 100 } } }, { sums: { 'amount_minor.USD': 99 } }],
  },
  {
    says: 'in holds for any of the values, of whatever type',
    filter: { kind: 'in', path: ['a'], values: ['x', 1, false] },
    holds: [{ a: 'x' }, { a: 1 }, { a: false }, { a: ['z', 'x'] }],
    fails: [{ a: 0 }, { a: true }, { a: '1' }, {}, { a: ['z'] }],
  },
  {
    says: 'in without values holds for nothing',
    filter: { kind: 'in', path: ['a'], values: [] },
    holds: [],
    fails: [{ a: 1 }, {}],
  },
  {
    says: 'a range of numbers holds for numbers only',
    filter: { kind: 'range', path: ['a'], gte: 0 },
    holds: [{ a: 0 }, { a: 0.5 }, { a: 2 ** 60 }],
    fails: [{ a: -1 }, { a: '5' }, { a: true }, {}, { a: { b: 1 } }, { a: [] }],
  },
  {
    says: 'a range of texts holds for texts only',
    filter: { kind: 'range', path: ['a'], lt: 'm' },
    holds: [{ a: '' }, { a: 'b' }, { a: 'B' }],
    fails: [{ a: 'm' }, { a: 'z' }, { a: 1 }, { a: false }, {}, { a: {} }],
  },
  {
    says: 'both bounds of a range are for the same element',
    filter: { kind: 'range', path: ['a'], gt: 1, lt: 3 },
    holds: [{ a: 2 }, { a: [0, 2, 5] }],
    fails: [{ a: [0, 5] }, { a: 1 }, { a: 3 }],
  },
  {
    says: 'texts compare by code point, not by UTF-16 unit',
    filter: { kind: 'range', path: ['a'], gt: '\uffff' },
    holds: [{ a: '😀' }, { a: '\uffffa' }],
    fails: [{ a: '\uffff' }, { a: '\ue000' }, { a: 'z' }],
  },
  {
    says: 'exists holds for whatever is there',
    filter: { kind: 'exists', path: ['a'] },
    holds: [{ a: '' }, { a: 0 }, { a: false }, { a: [] }, { a: {} }],
    fails: [{}, { b: 1 }],
  },
  {
    says: 'not holds for what is missing',
    filter: { kind: 'not', filter: { kind: 'eq', path: ['a'], value: 1 } },
    holds: [{}, { a: 2 }, { a: '1' }, { a: [2] }],
    fails: [{ a: 1 }, { a: [1, 2] }],
  },
  {
    says: 'not of a range is not the other range',
    filter: { kind: 'not', filter: { kind: 'range', path: ['a'], gt: 1 } },
    holds: [{}, { a: 1 }, { a: 'x' }, { a: [0] }],
    fails: [{ a: 2 }, { a: [0, 2] }],
  },
  {
    says: 'not not is the test itself',
    filter: { kind: 'not', filter: { kind: 'not', filter: { kind: 'eq', path: ['a'], value: 1 } } },
    holds: [{ a: 1 }],
    fails: [{}, { a: 2 }],
  },
  {
    says: 'element wants one element that meets everything',
    filter: {
      kind: 'element',
      path: ['items'],
      match: {
        kind: 'and',
        filters: [
          { kind: 'eq', path: ['kind'], value: 'email' },
          { kind: 'not', filter: { kind: 'exists', path: ['until'] } },
        ],
      },
    },
    holds: [{ items: [{ kind: 'sms' }, { kind: 'email' }] }],
    fails: [
      { items: [{ kind: 'email', until: 1 }, { kind: 'sms' }] },
      { items: { kind: 'email' } },
      { items: ['email'] },
      { items: [] },
      {},
    ],
  },
  {
    says: 'element looks at objects only',
    filter: { kind: 'element', path: ['items'], match: { kind: 'not', filter: { kind: 'exists', path: ['kind'] } } },
    holds: [{ items: [{}] }, { items: [1, { a: 1 }] }],
    fails: [{ items: [1, 'x', [{}]] }, { items: [] }, { items: {} }],
  },
  { says: 'an empty and holds', filter: { kind: 'and', filters: [] }, holds: [{}, { a: 1 }], fails: [] },
  { says: 'an empty or does not hold', filter: { kind: 'or', filters: [] }, holds: [], fails: [{}, { a: 1 }] },
  {
    says: 'or holds beside a test of a missing field',
    filter: {
      kind: 'or',
      filters: [
        { kind: 'eq', path: ['a'], value: 1 },
        { kind: 'eq', path: ['b'], value: 1 },
      ],
    },
    holds: [{ b: 1 }, { a: 1 }],
    fails: [{}, { a: 2, b: 2 }],
  },
];
