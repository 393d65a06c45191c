/** A text with places for values of a row: `order-{order_no}`. `{$line}` is the line; `{{` and `}}` stand for braces. */
export interface Template {
  /** The names in braces, without `$line`. */
  readonly names: readonly string[];
  /** The value itself for a template that is nothing but one place, else text; undefined when a value is absent. */
  readonly render: (row: TemplateRow) => unknown;
}

/** What a template reads. */
export interface TemplateRow {
  readonly line: number;
  /** Undefined for what is absent. */
  readonly get: (name: string) => unknown;
}

type Part = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'place'; readonly name: string };

const PIECES = /\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+/g;

/** The template in a text; a string says what is wrong with it. */
export function parseTemplate(text: string): Template | string {
  const parts: Part[] = [];
  for (const [piece] of text.matchAll(PIECES)) {
    if (piece === '{{' || piece === '}}') parts.push({ kind: 'text', text: piece.charAt(0) });
    else if (piece === '{' || piece === '}') return `expected each { to have its }, or {{ for a brace; found a lone ${piece}`;
    else if (!piece.startsWith('{')) parts.push({ kind: 'text', text: piece });
    else if (piece.slice(1, -1).trim() === '') return 'expected a name between { and }, found none';
    else parts.push({ kind: 'place', name: piece.slice(1, -1).trim() });
  }
  const names = parts.flatMap((part) => (part.kind === 'place' && part.name !== '$line' ? [part.name] : []));
  const [first] = parts;
  if (parts.length === 1 && first?.kind === 'place') return { names, render: (row) => valueOf(first.name, row) };
  return { names, render: (row) => textOf(parts, row) };
}

/** A value as text: whatever is none, as JSON. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function textOf(parts: readonly Part[], row: TemplateRow): string | undefined {
  let text = '';
  for (const part of parts) {
    const value = part.kind === 'text' ? part.text : valueOf(part.name, row);
    if (value === undefined) return undefined;
    text += asText(value);
  }
  return text;
}

/** Empty text and null are absent. */
function valueOf(name: string, row: TemplateRow): unknown {
  if (name === '$line') return row.line;
  const value = row.get(name);
  return value === null || (typeof value === 'string' && value.trim() === '') ? undefined : value;
}
