import type { Filter, FilterValue } from '../filter.js';

/** A piece of SQL and the values of its `?`, in order. */
export interface Sql {
  readonly text: string;
  readonly parameters: readonly (string | number)[];
}

/** What one test compares: the value and the name of its JSON type, both as SQL. */
export interface Operand {
  readonly value: string;
  readonly type: string;
}

/** A piece of SQL out of its text and the parameters of its parts, in the order of the text. */
export function sql(text: string, ...parameters: readonly (readonly (string | number)[])[]): Sql {
  return { text, parameters: parameters.flat() };
}

const NOT_BOOLEAN = "NOT IN ('true','false')";

/** Equality within one type. Booleans come out of SQLite as 1 and 0, so where these are meant the JSON type is asked too. */
export function equals({ value, type }: Operand, wanted: FilterValue): Sql {
  if (typeof wanted === 'boolean') return sql(`(${value} = ${wanted ? '1' : '0'} AND ${type} = '${String(wanted)}')`);
  const bound = boundValue(wanted);
  const looksBoolean = wanted === 0 || wanted === 1;
  return sql(
    looksBoolean ? `(${value} = ${bound.text} AND ${type} ${NOT_BOOLEAN})` : `${value} = ${bound.text}`,
    bound.parameters,
  );
}

/** Equality with any of the values; one parameter for all, so that the statement is the same for any number of them. */
export function anyOf(operand: Operand, values: readonly FilterValue[]): Sql {
  const { value, type } = operand;
  const others = values.filter((wanted) => typeof wanted !== 'boolean');
  const parts = [...new Set(values)].filter((wanted) => typeof wanted === 'boolean').map((wanted) => equals(operand, wanted));
  if (others.length > 0) {
    const member = `${value} IN (SELECT value FROM json_each(?))`;
    const looksBoolean = others.some((wanted) => wanted === 0 || wanted === 1);
    parts.push(sql(looksBoolean ? `(${member} AND ${type} ${NOT_BOOLEAN})` : member, [JSON.stringify(others)]));
  }
  if (parts.length === 0) return sql('FALSE');
  return sql(`(${parts.map((part) => part.text).join(' OR ')})`, ...parts.map((part) => part.parameters));
}

/** All bounds within one type. SQLite orders numbers before texts before blobs, so the ends of the type close an open side. */
export function isWithin({ value, type }: Operand, range: Extract<Filter, { kind: 'range' }>): Sql {
  const bounds = (['gt', 'gte', 'lt', 'lte'] as const).flatMap((name) => {
    const bound = range[name];
    return bound === undefined ? [] : [{ operator: operators[name], bound }];
  });
  const isText = bounds.some(({ bound }) => typeof bound === 'string');
  const parts = bounds.map(({ operator, bound }) => {
    const { text, parameters } = boundValue(bound);
    return sql(`${value} ${operator} ${text}`, parameters);
  });
  if (isText && range.gt === undefined && range.gte === undefined) parts.push(sql(`${value} >= ''`));
  if (range.lt === undefined && range.lte === undefined) parts.push(sql(`${value} < ${isText ? "x''" : "''"}`));
  if (!isText) parts.push(sql(`${type} ${NOT_BOOLEAN}`));
  return sql(`(${parts.map((part) => part.text).join(' AND ')})`, ...parts.map((part) => part.parameters));
}

const operators = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/**
 * A comparison value as SQL. The driver binds small whole numbers and plain text exactly, but rounds fractions near zero to 0 and cuts text at
 * U+0000; those go as JSON, by the same conversion as the documents.
 */
export function boundValue(value: string | number): Sql {
  const isExact = typeof value === 'number' ? Number.isSafeInteger(value) : !value.includes('\u0000');
  return isExact ? sql('?', [value]) : sql("json_extract(?,'$')", [JSON.stringify(value)]);
}
