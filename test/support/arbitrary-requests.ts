import fc from 'fast-check';
import { ruleJson } from './rules.js';

/** A JSON Schema as the OpenAPI document holds it. */
export type WireSchema = Readonly<Record<string, unknown>>;

/** One call of the OpenAPI document. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: WireSchema }[];
  readonly body?: WireSchema;
}

/** A request to send, made for an operation. */
export interface ArbitraryRequest {
  readonly operation: Operation;
  readonly url: string;
  readonly body: unknown;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, WireSchema>> };
}

interface OpenApiOperation {
  readonly parameters?: Operation['parameters'];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: WireSchema }>> };
}

/** Values that programs stumble over. */
export const nasty: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...['', ' ', '\u0000', '../..', '%', '%00', '"', "'; DROP TABLE events; --", '{{', '{% for %}', '<script>', '\ud83d'],
    ...['__proto__', 'constructor', 'toString', 'null', 'NaN', '-1', '1e999', '9'.repeat(40), 'x'.repeat(3_000)],
    ...[null, true, 0, -0, -1, 1e308, 2 ** 53, 0.1, [], {}, [[]], [null], { $gt: '' }, { op: 'AND', rules: [] }],
    ...['2026-02-30T00:00:00Z', '0000-00-00', '9999-12-31T23:59:59.999Z', 'a@b.example', '+62812', 'Mars/Olympus'],
  ),
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.jsonValue({ maxDepth: 4 }),
);

/** Texts that answers held, by the name of the field: ids, names and positions that mean something. */
export interface KnownTexts {
  note(body: string): void;
  /** What a parameter of this name may mean. */
  of(name: string): readonly string[];
}

/** Knows nothing yet. */
export function createKnownTexts(): KnownTexts {
  const known = new Map<string, Set<string>>();
  return {
    note(body) {
      for (const [, field = '', text = ''] of body.slice(0, 20_000).matchAll(/"(\w+)":"([^"\\]{1,300})"/g)) {
        known.set(field, (known.get(field) ?? new Set()).add(text));
      }
    },
    of(name) {
      const fields = [...known].filter(([field]) => field === name || field.endsWith(`_${name}`) || name.endsWith(`_${field}`));
      return fields.flatMap(([, texts]) => [...texts].slice(-50));
    },
  };
}

/** Every call of the document but those that end in one of `without`. */
export function operationsOf(document: unknown, without: readonly string[]): readonly Operation[] {
  const { paths, components } = document as OpenApi; // the engine's own document
  const resolve = (schema: WireSchema): WireSchema => {
    const reference = schema['$ref'];
    if (typeof reference !== 'string') return schema;
    return components?.schemas?.[reference.slice(reference.lastIndexOf('/') + 1)] ?? {};
  };
  return Object.entries(paths).flatMap(([path, calls]) => {
    if (without.some((end) => path.endsWith(end))) return [];
    return Object.entries(calls).map(([method, { parameters = [], requestBody }]): Operation => {
      const body = requestBody?.content['application/json']?.schema;
      return {
        // OpenAPI writes them in small letters.
        method: method.toUpperCase() as Operation['method'],
        path,
        parameters,
        ...(body === undefined ? {} : { body: resolve(body) }),
      };
    });
  });
}

/** Requests for the operation: mostly what its schemas ask for, with something nasty here and there. */
export function arbitraryRequest(operation: Operation, known: KnownTexts): fc.Arbitrary<ArbitraryRequest> {
  const parameters = operation.parameters.map(({ name, in: place, schema }) =>
    fc.record({
      name: fc.constant(name),
      place: fc.constant(place),
      value: fc.oneof({ weight: 5, arbitrary: valueOf(schema, name, known) }, { weight: 1, arbitrary: nasty }),
      isSent: place === 'path' ? fc.constant(true) : fc.boolean(),
    }),
  );
  const body = operation.body === undefined ? fc.constant(undefined) : sometimesNasty(operation.body, '', known);
  return fc.record({ parameters: fc.tuple(...parameters), body }).map(({ parameters: given, body: sent }) => {
    const sentOnes = given.filter(({ isSent }) => isSent);
    const path = sentOnes
      .filter(({ place }) => place === 'path')
      .reduce((url, { name, value }) => url.replace(`{${name}}`, encode(value)), operation.path);
    const query = sentOnes.filter(({ place }) => place === 'query').map(({ name, value }) => `${name}=${encode(value)}`);
    return { operation, url: query.length === 0 ? path : `${path}?${query.join('&')}`, body: sent };
  });
}

function sometimesNasty(schema: WireSchema, name: string, known: KnownTexts): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: valueOf(schema, name, known) }, { weight: 1, arbitrary: nasty });
}

function valueOf(schema: WireSchema, name: string, known: KnownTexts): fc.Arbitrary<unknown> {
  // The document says no more of a rule than that it is one.
  if (name === 'rule') return ruleJson;
  const { type, enum: choices, const: only, anyOf, oneOf, items, properties, required, pattern } = schema;
  if (Array.isArray(choices)) return fc.constantFrom(...(choices as unknown[]));
  if (only !== undefined) return fc.constant(only);
  const variants = anyOf ?? oneOf;
  if (Array.isArray(variants)) return fc.oneof(...(variants as WireSchema[]).map((one) => sometimesNasty(one, name, known)));
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer' || type === 'number') return fc.integer({ min: -2, max: 1_100 });
  if (type === 'array') return fc.array(sometimesNasty((items ?? {}) as WireSchema, name, known), { maxLength: 3 });
  if (type === 'object' && typeof properties === 'object') {
    const fields = Object.entries(properties as Record<string, WireSchema>);
    const arbitraries = Object.fromEntries(fields.map(([field, inner]) => [field, sometimesNasty(inner, field, known)]));
    return fc.record(arbitraries, { requiredKeys: (required ?? []) as string[] });
  }
  if (type === 'string') {
    const matching =
      typeof pattern === 'string' && !pattern.includes('(?') ? fc.stringMatching(new RegExp(pattern)) : fc.string();
    // Looked up when it is drawn: what is known grows with each answer.
    const remembered = fc.nat().map((at) => known.of(name)[at % Math.max(1, known.of(name).length)] ?? 'x');
    return fc.oneof({ weight: 1, arbitrary: matching }, { weight: 3, arbitrary: remembered });
  }
  return nasty;
}

function encode(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // encodeURIComponent refuses half characters; nobody can send them in a URL.
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '')) || '-';
}
