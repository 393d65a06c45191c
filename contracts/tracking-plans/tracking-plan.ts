import { z } from 'zod';

/** What happens to an event that a plan does not foresee: nothing, it is counted, it is kept back, it is kept back and its source is told. */
export const planModes = ['accept', 'warn', 'quarantine', 'block'] as const;
export type PlanMode = (typeof planModes)[number];

/** What a property of an event without a contract for it may be; `datetime` is text in ISO-8601 with an offset. */
export const propertyTypes = ['string', 'number', 'integer', 'boolean', 'datetime', 'list', 'object'] as const;
export type PropertyType = (typeof propertyTypes)[number];

/** What can be wrong with an event, by the plan of its source. */
export const violationKinds = ['unknown_type', 'unknown_property', 'missing_property', 'wrong_type'] as const;
export type ViolationKind = (typeof violationKinds)[number];

const mode = z.enum(planModes);
const property = z.strictObject({
  type: z.exactOptional(z.enum(propertyTypes)).describe('Only for properties that the contract of the type does not declare'),
  required: z.exactOptional(z.boolean()),
});
const modes = {
  unknown_properties: z.exactOptional(mode),
  missing_properties: z.exactOptional(mode),
  wrong_types: z.exactOptional(mode),
};
const plannedType = z.strictObject({
  ...modes,
  properties: z.exactOptional(z.record(z.string().min(1).max(128), property)),
});

/** What a source may send: its event types and their properties, and what happens to everything else. A mode that is not named is `accept`. */
export const trackingPlanSchema = z.strictObject({
  unknown_types: z.exactOptional(mode).describe('For types that have neither a contract nor a place in `types`'),
  ...modes,
  types: z.exactOptional(z.record(z.string().regex(/^[a-z][a-z0-9_.]{0,127}$/), plannedType)),
});
export type TrackingPlan = z.infer<typeof trackingPlanSchema>;
export type PlannedType = z.infer<typeof plannedType>;

/** One thing that is wrong with an event; nothing in it is personal. It travels in the metadata of stored events and in refused entries. */
export const planViolationSchema = z.object({
  kind: z.enum(violationKinds),
  /** The property; absent for an unknown type. */
  field: z.exactOptional(z.string()),
  /** What stood there instead: `a value of type string`. */
  found: z.exactOptional(z.string()),
});
export type PlanViolation = Readonly<z.infer<typeof planViolationSchema>>;

/** How many violations one event names at most. */
export const VIOLATIONS_NAMED = 20;
