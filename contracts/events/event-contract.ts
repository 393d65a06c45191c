import { z } from 'zod';
import type { PiiClass } from './event.js';
import type { Field, Fields } from './contract-fields.js';
import type { StreamCategory } from './streams.js';

/** What kinds of identifier name a customer. */
export const identifierKinds = ['external_id', 'email', 'phone', 'anonymous_id'] as const;
export type IdentifierKind = (typeof identifierKinds)[number];

/** What day buckets sum of an event type: a number field, kept apart by the text of `per` (`amount_minor.USD`). */
export interface Measure {
  readonly field: string;
  readonly per?: string;
}

type ShapeOf<F extends Fields> = { -readonly [Name in keyof F]: F[Name]['schema'] };
type FieldName<F extends Fields> = keyof F & string;

/** The complete stored data of a body with these fields. */
export type DataOf<F extends Fields> = z.output<z.ZodObject<ShapeOf<F>>>;

/** What an author says about one event type. */
export interface EventSpec<Type extends string, F extends Fields> {
  readonly type: Type;
  readonly version: number;
  /** Who answers for the contract. */
  readonly owner: string;
  /** Why the event is recorded. */
  readonly purpose: string;
  /** Where it is stored. */
  readonly category: StreamCategory;
  /** True when modules may push it. */
  readonly intake: boolean;
  /** For types that were taken as they came before they were declared: what stands in logs from then is read as it is. */
  readonly openBefore?: true;
  /** For pushed events that concern no customer: the field that names their stream, together with the source. */
  readonly streamField?: FieldName<F>;
  readonly fields: F;
  /** The field that says when it happened, when the envelope does not. */
  readonly timeField?: FieldName<F>;
  /** Fields that name the customer, with the kind of name. */
  readonly identifiers?: Readonly<Partial<Record<FieldName<F>, IdentifierKind>>>;
  /** True when identifiers of the envelope also fill the body's identifier fields. */
  readonly adoptsIdentifiers?: true;
  /** Wire names of amounts: `amount` is a decimal on the wire and `amount_minor` in the log. */
  readonly money?: readonly string[];
  readonly measures?: readonly (Measure & { readonly field: FieldName<F>; readonly per?: FieldName<F> })[];
  /** Fields that only the engine writes; a module that sends one is refused. */
  readonly engineFields?: readonly FieldName<F>[];
  /** Optional fields that a module has to send. */
  readonly moduleFields?: readonly FieldName<F>[];
  readonly example: DataOf<F>;
  /** What a module sends, where that is not the example with its amounts as decimals. */
  readonly moduleExample?: Readonly<Record<string, unknown>>;
}

/** The bodies of one type: as the engine writes them, as anyone may read them (whole, or with sealed fields absent), as modules send them. */
export interface ContractSchemas {
  readonly written: z.ZodObject;
  readonly stored: z.ZodObject;
  readonly erased: z.ZodObject;
  readonly wire: z.ZodObject;
}

/** The contract of one event type, as the registry serves it. */
export interface EventContract<Type extends string = string, F extends Fields = Fields> {
  readonly type: Type;
  readonly version: number;
  readonly owner: string;
  readonly purpose: string;
  readonly category: StreamCategory;
  readonly intake: boolean;
  readonly openBefore: boolean;
  readonly streamField: string | undefined;
  readonly fields: F;
  readonly pii: Readonly<Record<string, PiiClass>>;
  readonly timeField: string | undefined;
  readonly identifiers: Readonly<Record<string, IdentifierKind>>;
  readonly adoptsIdentifiers: boolean;
  readonly money: readonly string[];
  readonly measures: readonly Measure[];
  readonly engineFields: readonly string[];
  readonly moduleFields: readonly string[];
  /** Fields that modules may fill with any text or object: a value that looks personal is sealed as `direct` all the same. */
  readonly openTexts: ReadonlySet<string>;
  readonly example: Readonly<Record<string, unknown>>;
  readonly moduleExample: Readonly<Record<string, unknown>> | undefined;
  readonly schemas: ContractSchemas;
}

/** An event as its contract types it. */
export type EventOf<Contract> =
  Contract extends EventContract<infer Type, infer F> ? { readonly type: Type; readonly data: DataOf<F> } : never;

/** Makes a contract of what its author says; the schemas are loose: what is not declared is kept. */
export function defineEvent<const Type extends string, const F extends Fields>(spec: EventSpec<Type, F>): EventContract<Type, F> {
  const fields = Object.entries<Field>(spec.fields);
  const openTexts = openTextsOf(fields, spec);
  return {
    ...spec,
    pii: Object.fromEntries(fields.map(([name, field]) => [name, field.pii])),
    openBefore: spec.openBefore ?? false,
    streamField: spec.streamField,
    timeField: spec.timeField,
    identifiers: Object.fromEntries(Object.entries<IdentifierKind | undefined>(spec.identifiers ?? {}).filter(isPresent)),
    adoptsIdentifiers: spec.adoptsIdentifiers ?? false,
    money: spec.money ?? [],
    measures: spec.measures ?? [],
    engineFields: spec.engineFields ?? [],
    moduleFields: spec.moduleFields ?? [],
    openTexts,
    moduleExample: spec.moduleExample,
    schemas: schemasOf(fields, {
      openBefore: spec.openBefore ?? false,
      engineFields: new Set<string>(spec.engineFields),
      moduleFields: new Set<string>(spec.moduleFields),
      money: new Set(spec.money),
      openTexts,
    }),
  };
}

/**
 * Texts of a fixed form (times, currencies, words for programs) can hold nothing personal, and what counts and orders events is one of
 * those. What is sealed as quasi anyway is open where objects inside it may have fields that nobody declared.
 */
function openTextsOf(
  fields: readonly NamedField[],
  { intake, engineFields = [] }: { readonly intake: boolean; readonly engineFields?: readonly string[] | undefined },
): ReadonlySet<string> {
  const isOpen = ({ pii, schema }: Field): boolean =>
    pii === 'none' ? isOpenText(schema) : pii === 'quasi' && isOpenList(schema);
  const open = fields.filter(([name, field]) => !engineFields.includes(name) && isOpen(field));
  return new Set(intake ? open.map(([name]) => name) : []);
}

function isOpenText(schema: z.ZodType): boolean {
  const inner = bare(schema);
  return inner instanceof z.ZodString && inner.format === null;
}

function isOpenList(schema: z.ZodType): boolean {
  const inner = bare(schema);
  return inner instanceof z.ZodArray && inner.element instanceof z.ZodObject;
}

function bare(schema: z.ZodType): unknown {
  return schema instanceof z.ZodExactOptional ? schema.unwrap() : schema;
}

function isPresent<Name, Value>(entry: readonly [Name, Value | undefined]): entry is [Name, Value] {
  return entry[1] !== undefined;
}

type NamedField = readonly [string, Field];

function schemasOf(
  fields: readonly NamedField[],
  spec: Readonly<Record<'engineFields' | 'moduleFields' | 'money' | 'openTexts', ReadonlySet<string>>> & {
    readonly openBefore: boolean;
  },
): ContractSchemas {
  const ofEngine = ([name]: NamedField): boolean => spec.engineFields.has(name);
  const mayBeSealed = ([name, { pii }]: NamedField): boolean => pii !== 'none' || spec.openTexts.has(name);
  const bound = spec.openBefore ? [] : fields.filter(([, { added }]) => added !== true);
  return {
    written: shape(fields, ([, field]) => field.schema),
    stored: shape(bound, (field) => (ofEngine(field) ? maybe(field[1]) : field[1].schema)),
    erased: shape(bound, (field) => (ofEngine(field) || mayBeSealed(field) ? maybe(field[1]) : field[1].schema)),
    wire: shape(
      fields.filter((field) => !ofEngine(field)).map((field) => onWire(field, spec.money)),
      ([name, field]) => (spec.moduleFields.has(name) ? z.nonoptional(field.schema) : field.schema),
    ),
  };
}

function maybe({ schema }: Field): z.ZodType {
  return schema instanceof z.ZodExactOptional ? schema : z.exactOptional(schema);
}

/** An amount is a decimal on the wire, and its currency may come in small letters. */
function onWire([name, field]: NamedField, money: ReadonlySet<string>): NamedField {
  const amount = name.endsWith('_minor') ? name.slice(0, -'_minor'.length) : undefined;
  const isAmount = amount !== undefined && money.has(amount);
  if (!isAmount && !(name === 'currency' && money.size > 0)) return [name, field];
  const schema = isAmount ? z.union([z.number(), z.string()], { error: 'expected a decimal as number or text' }) : z.string();
  return [
    isAmount ? amount : name,
    { ...field, schema: field.schema instanceof z.ZodExactOptional ? z.exactOptional(schema) : schema },
  ];
}

function shape(fields: readonly NamedField[], schemaOf: (field: NamedField) => z.ZodType): z.ZodObject {
  return z.looseObject(Object.fromEntries(fields.map((field) => [field[0], schemaOf(field)])));
}
