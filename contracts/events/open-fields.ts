import type { Json, JsonObject } from '../json.js';
import type { IntakeRefusal, QuarantineCode } from '../quarantine-codes.js';
import { pointerStep } from '../zod-places.js';
import type { LooksPersonal } from './classify.js';

/** How deep a body may be nested. */
export const MAX_DEPTH = 20;
const MAX_NAME = 128;

interface Problem {
  readonly code: QuarantineCode;
  readonly detail: string;
  /** From the value itself outwards. */
  readonly steps: readonly string[];
}

export interface OpenFieldsOptions {
  readonly looksPersonal: LooksPersonal;
  /** What a value that is no object at all is called. */
  readonly otherwise: 'properties_invalid' | 'context_invalid';
  /** Pointer to the object itself. */
  readonly base: string;
}

/** Fields whose names and values may be stored, without those that are null; `nulls` names these. */
export interface OpenFields {
  readonly ok: true;
  readonly fields: JsonObject;
  readonly nulls: readonly string[];
}

/**
 * Checks an object that no contract bounds: names that can be stored in the clear, JSON values of bounded depth. Nulls mean "no value":
 * they are left out of objects, and refused in lists, where leaving them out would move the others.
 */
export function readOpenFields(value: unknown, options: OpenFieldsOptions): OpenFields | IntakeRefusal {
  const { looksPersonal, otherwise, base } = options;
  if (!isRecord(value))
    return { ok: false, code: otherwise, detail: `expected an object, found ${kindOf(value)}`, pointer: base };
  const nulls: string[] = [];
  for (const name of Object.keys(value)) {
    const inner = value[name];
    const named = nameProblem(name, looksPersonal);
    if (named) return { ok: false, ...named, pointer: named.code === 'property_name_personal' ? base : base + pointerStep(name) };
    const problem = valueProblem(inner, 2, otherwise);
    if (problem) return refusal(problem, [...problem.steps, name].reverse(), options);
    if (inner === null || inner === undefined) nulls.push(name);
  }
  // The walk above found JSON values only.
  const fields = value as JsonObject;
  return { ok: true, fields: holdsNull(value) ? withoutNulls(fields) : fields, nulls };
}

/** Why a name cannot be stored in the clear beside an event; undefined when it can. */
export function nameProblem(name: string, looksPersonal: LooksPersonal): { code: QuarantineCode; detail: string } | undefined {
  // What nearly all names look like can be none of what follows, unless the language has it.
  if (/^[A-Za-z_]{1,64}$/.test(name) && !(name in Object.prototype)) return undefined;
  if (name === '' || name.length > MAX_NAME || name.includes('\0')) {
    return { code: 'property_name_invalid', detail: `expected a name of 1 to ${MAX_NAME} characters without NUL` };
  }
  if (name in Object.prototype || name.startsWith('context.')) {
    return { code: 'property_name_reserved', detail: 'this name means something else to the engine; send it under another' };
  }
  if (looksPersonal(name)) return { code: 'property_name_personal', detail: 'names are stored in the clear; send it as a value' };
  return undefined;
}

function refusal(problem: Problem, steps: readonly string[], { looksPersonal, base }: OpenFieldsOptions): IntakeRefusal {
  const personal = steps.findIndex(looksPersonal);
  const shown = personal < 0 ? steps : steps.slice(0, personal);
  return { ok: false, code: problem.code, detail: problem.detail, pointer: base + shown.map(pointerStep).join('') };
}

function valueProblem(value: unknown, depth: number, otherwise: QuarantineCode): Problem | undefined {
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') {
    return Number.isFinite(value) ? undefined : { code: otherwise, detail: 'expected a number that JSON can carry', steps: [] };
  }
  if (depth > MAX_DEPTH) return { code: 'event_too_deep', detail: `expected at most ${MAX_DEPTH} levels`, steps: [] };
  if (!isRecord(value) && !Array.isArray(value))
    return { code: otherwise, detail: `expected JSON, found ${kindOf(value)}`, steps: [] };
  for (const [name, inner] of Object.entries<unknown>(value)) {
    if (name === '__proto__') return { code: 'property_name_reserved', detail: 'this name is not taken', steps: [name] };
    if (name.includes('\0')) {
      return { code: 'property_name_invalid', detail: 'expected names without NUL (U+0000), found one with it', steps: [name] };
    }
    if (inner === null && Array.isArray(value)) return { code: otherwise, detail: 'expected a list without null', steps: [name] };
    const problem = valueProblem(inner, depth + 1, otherwise);
    if (problem) return { ...problem, steps: [...problem.steps, name] };
  }
  return undefined;
}

function holdsNull(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value !== 'object') return false;
  // Every property of every event passes here, and a loop makes no garbage.
  for (const name in value) if (holdsNull((value as Readonly<Record<string, unknown>>)[name])) return true;
  return false;
}

function withoutNulls(fields: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries<unknown>(fields).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, bare(value)] as const],
    ),
  );
}

function bare(value: unknown): Json {
  if (Array.isArray(value)) return value.map(bare);
  // Only JSON values come here: the walk before it refused all others.
  return isRecord(value) ? withoutNulls(value as JsonObject) : (value as Json);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What something is, without repeating it. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return value === undefined ? 'nothing' : `a value of type ${typeof value}`;
}
