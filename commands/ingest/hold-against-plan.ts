import type { QuarantineCode, IntakeWarning } from '../../contracts/quarantine-codes.js';
import {
  VIOLATIONS_NAMED,
  type PlanViolation,
  type TrackingPlan,
  type ViolationKind,
} from '../../contracts/tracking-plans/tracking-plan.js';
import { pointerStep } from '../../contracts/zod-places.js';
import { judge, type Finding, type Judged } from '../../domain/tracking-plan/judge.js';
import type { PlanRemarks } from './candidate.js';

/** What the plan of a source makes of an event: `refusal` says why it is kept back. */
export interface HeldAgainstPlan {
  readonly refusal?: IntakeWarning;
  readonly remarks: PlanRemarks;
}

const NOTHING: HeldAgainstPlan = { remarks: { violations: [], warnings: [] } };

/** Holds an event against the tracking plan of its source; without a plan there is nothing to say. */
export function holdAgainstPlan(plan: TrackingPlan | undefined, judged: Judged): HeldAgainstPlan {
  if (plan === undefined) return NOTHING;
  const findings = judge(plan, judged).slice(0, VIOLATIONS_NAMED);
  const [hardest] = findings;
  if (hardest === undefined) return NOTHING;
  // The source hears of warnings and of what is blocked, not of what is quietly put aside.
  const told = findings.filter(({ mode }) => mode !== 'quarantine');
  const remarks = { violations: findings.map(violationOf), warnings: told.map(warningOf) };
  return hardest.mode === 'warn' ? { remarks } : { remarks, refusal: warningOf(hardest) };
}

function violationOf({ kind, field, found }: Finding): PlanViolation {
  return { kind, ...(field === undefined ? {} : { field }), ...(found === undefined ? {} : { found }) };
}

const words: Readonly<Record<ViolationKind, { readonly code: QuarantineCode; readonly detail: string }>> = {
  unknown_type: { code: 'plan_type_unknown', detail: 'expected a type that the tracking plan names, found another' },
  unknown_property: { code: 'plan_property_unknown', detail: 'expected properties that the tracking plan names, found another' },
  missing_property: { code: 'plan_property_missing', detail: 'expected a property that the tracking plan requires, found none' },
  wrong_type: { code: 'plan_property_type', detail: 'expected the type that the tracking plan says' },
};

function warningOf({ kind, field, found }: Finding): IntakeWarning {
  const { code, detail } = words[kind];
  return {
    code,
    detail: found === undefined ? detail : `${detail}, found ${found}`,
    pointer: field === undefined ? '/type' : `/properties${pointerStep(field)}`,
  };
}
