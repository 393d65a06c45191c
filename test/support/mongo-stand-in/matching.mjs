// What a filter of the stand-in means. mingo compares strings by UTF-16 unit, knows no 64-bit numbers and looks keys up in prototypes, so that
// documents and filters go to it in another spelling: one in which its order is MongoDB's.
import { Query } from 'mingo';

const LOGICAL = new Set(['$and', '$or', '$nor']);
const AS_GIVEN = new Set(['$exists', '$type']);

/** The document as mingo is to see it. */
export function spell(value) {
  if (typeof value === 'string') return spellText(value);
  if (typeof value === 'bigint') return `L${String(value + 2n ** 63n).padStart(20, '0')}`;
  if (Array.isArray(value)) return value.map(spell);
  if (typeof value !== 'object' || value === null) return value;
  if (value._bsontype === 'ObjectId') return `O${value.toHexString()}`;
  if (value._bsontype === 'Binary') return `B${value.toString('hex')}`;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [`k${key}`, spell(inner)]));
}

/** A test of entries `{row, spelt}`; of a row only what the filter names is spelt, once. */
export function tester(filter) {
  const fields = fieldsIn(filter);
  if (fields.length === 0) return () => true;
  let query;
  return (entry) => (query ??= new Query(spellFilter(filter))).test(spellFields(entry, fields));
}

function fieldsIn(filter) {
  const fields = Object.entries(filter).flatMap(([key, value]) =>
    LOGICAL.has(key) ? value.flatMap(fieldsIn) : [key.split('.')[0]],
  );
  return [...new Set(fields)];
}

function spellFields({ row, spelt }, fields) {
  for (const field of fields) {
    const key = `k${field}`;
    if (!Object.hasOwn(spelt, key) && Object.hasOwn(row, field)) spelt[key] = spell(row[field]);
  }
  return spelt;
}

/** The ids that a filter allows, as far as can be seen without a document. */
export function idBounds(filter, bounds = { only: null, low: '', lowOpen: false, high: null }) {
  for (const part of filter.$and ?? []) idBounds(part, bounds);
  const wanted = filter._id;
  if (typeof wanted === 'string') bounds.only = [wanted];
  else if (wanted?.$in !== undefined) bounds.only = wanted.$in;
  else if (wanted !== undefined) {
    for (const low of [wanted.$gt, wanted.$gte])
      if (low !== undefined && spellText(low) > spellText(bounds.low)) bounds.low = low;
    if (wanted.$lt !== undefined && (bounds.high === null || spellText(wanted.$lt) < spellText(bounds.high)))
      bounds.high = wanted.$lt;
  }
  return bounds;
}

/** Compares two entries by a sort specification. */
export function comparer(sort) {
  const fields = Object.keys(sort).map((path) => path.split('.')[0]);
  const keys = Object.entries(sort).map(([path, direction]) => [path.split('.').map((key) => `k${key}`), Number(direction)]);
  return (a, b) => {
    const [first, second] = [spellFields(a, fields), spellFields(b, fields)];
    for (const [path, direction] of keys) {
      const order = compareValues(at(first, path), at(second, path));
      if (order !== 0) return order * direction;
    }
    return 0;
  };
}

/** Code units in the order of the code points that they stand for. */
export function spellText(text) {
  if (!/[\ud800-\uffff]/.test(text)) return text;
  return Array.from({ length: text.length }, (_, index) => {
    const unit = text.charCodeAt(index);
    return String.fromCharCode(unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);
  }).join('');
}

function spellFilter(filter) {
  const entries = Object.entries(filter).map(([key, value]) => {
    if (LOGICAL.has(key)) return [key, value.map(spellFilter)];
    if (key.startsWith('$')) throw new Error(`unknown top level operator: ${key}`);
    const path = key.split('.').map((name) => `k${name}`);
    return [path.join('.'), isOperators(value) ? spellOperators(value) : spell(value)];
  });
  return Object.fromEntries(entries);
}

function isOperators(value) {
  return typeof value === 'object' && value !== null && Object.keys(value).some((key) => key.startsWith('$'));
}

function spellOperators(operators) {
  const entries = Object.entries(operators).map(([name, value]) => {
    if (AS_GIVEN.has(name)) return [name, value];
    if (name === '$not') return [name, spellOperators(value)];
    if (name === '$elemMatch') {
      const isOfValues = isOperators(value) && !Object.keys(value).some((key) => LOGICAL.has(key));
      return [name, isOfValues ? spellOperators(value) : spellFilter(value)];
    }
    return [name, spell(value)];
  });
  return Object.fromEntries(entries);
}

function at(spelt, path) {
  let value = spelt;
  for (const key of path) value = value?.[key];
  return value;
}

const types = ['undefined', 'number', 'string', 'object', 'array', 'boolean'];

function compareValues(a, b) {
  const typeOf = (value) => types.indexOf(Array.isArray(value) ? 'array' : typeof value);
  const byType = typeOf(a) - typeOf(b);
  if (byType !== 0 || typeof a === 'object') return byType;
  return a < b ? -1 : a > b ? 1 : 0;
}
