import { z } from 'zod';
import { canonicalJson } from './canonical-json.js';
import type { EventContract } from './events/event-contract.js';
import type { PiiClass } from './events/event.js';

/** What others rely on in one version of a contract: what it says of each field, and what is done with them. Words for people are not part of it. */
export interface FrozenContract {
  readonly type: string;
  readonly version: number;
  readonly category: string;
  readonly intake: boolean;
  readonly open_before: boolean;
  readonly stream_field: string;
  readonly time_field: string;
  readonly adopts_identifiers: boolean;
  readonly module_fields: readonly string[];
  /** Each of these is about a field, and may be joined by entries about fields that the contract gains. */
  readonly identifiers: Readonly<Record<string, string>>;
  readonly money: Readonly<Record<string, string>>;
  readonly measures: Readonly<Record<string, string>>;
  readonly engine_fields: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, FrozenField>>;
}

interface FrozenField {
  readonly pii: PiiClass;
  readonly required: boolean;
  readonly schema: unknown;
}

/** What differs between a frozen contract and today's: `breaking` needs a new version, `gained` only has to be frozen too. */
export interface ContractChanges {
  readonly breaking: readonly string[];
  readonly gained: readonly string[];
}

/** Today's form of a contract, to be frozen; the same contract always gives the same. */
export function frozenForm(contract: EventContract): FrozenContract {
  const { properties = {}, required = [] } = z.toJSONSchema(contract.schemas.written, { io: 'input' });
  return {
    type: contract.type,
    version: contract.version,
    category: contract.category,
    intake: contract.intake,
    open_before: contract.openBefore,
    stream_field: contract.streamField ?? '',
    time_field: contract.timeField ?? '',
    adopts_identifiers: contract.adoptsIdentifiers,
    module_fields: contract.moduleFields,
    identifiers: contract.identifiers,
    money: Object.fromEntries(contract.money.map((amount) => [`${amount}_minor`, amount])),
    measures: Object.fromEntries(contract.measures.map(({ field, per }) => [field, per ?? ''])),
    engine_fields: Object.fromEntries(contract.engineFields.map((field) => [field, 'engine'])),
    fields: Object.fromEntries(
      Object.entries(contract.fields).map(([name, { pii }]) => [
        name,
        { pii, required: required.includes(name), schema: properties[name] },
      ]),
    ),
  };
}

/** What changed since the same version of a contract was frozen. A new optional field keeps the version, anything else does not. */
export function changesSince(frozen: FrozenContract, contract: EventContract): ContractChanges {
  const today = frozenForm(contract);
  const gained = Object.keys(today.fields).filter((name) => !Object.hasOwn(frozen.fields, name));
  const facts = (
    ['category', 'intake', 'open_before', 'stream_field', 'time_field', 'adopts_identifiers', 'module_fields'] as const
  ).flatMap((name) => difference(name, frozen[name], today[name]));
  const tables = (['identifiers', 'money', 'measures', 'engine_fields'] as const).flatMap((name) =>
    Object.keys({ ...frozen[name], ...today[name] })
      .filter((field) => !gained.includes(field))
      .flatMap((field) => difference(`${name} of ${field}`, frozen[name][field], today[name][field])),
  );
  const fields = Object.entries(frozen.fields).flatMap(([name, was]) => fieldChanges(name, was, today.fields[name]));
  const unmarked = gained.flatMap((name) => gainedWrongly(name, contract, today));
  return {
    breaking: [...facts, ...tables, ...fields, ...unmarked],
    gained: gained.map((name) => `the field ${name}`),
  };
}

function fieldChanges(name: string, was: FrozenField, is: FrozenField | undefined): readonly string[] {
  if (is === undefined) return [`the field ${name} is gone`];
  return [
    ...difference(`the class of ${name}`, was.pii, is.pii),
    ...difference(`whether ${name} is required`, was.required, is.required),
    ...difference(`the schema of ${name}`, was.schema, is.schema),
  ];
}

/** Modules may have sent anything under a name that was not declared: what is in the log has to stay readable. */
function gainedWrongly(name: string, contract: EventContract, today: FrozenContract): readonly string[] {
  if (today.fields[name]?.required === true) return [`the new field ${name} is required`];
  const isChecked = contract.intake && !contract.openBefore && contract.fields[name]?.added !== true;
  return isChecked ? [`the new field ${name} is not marked with added(), so that old events would be held to it`] : [];
}

function difference(what: string, was: unknown, is: unknown): readonly string[] {
  const [before, now] = [textOf(was), textOf(is)];
  return before === now ? [] : [`${what} was ${before}, is ${now}`];
}

function textOf(value: unknown): string {
  // What is compared came from JSON or is about to become JSON.
  return value === undefined ? 'absent' : canonicalJson(JSON.parse(JSON.stringify(value)) as never);
}
