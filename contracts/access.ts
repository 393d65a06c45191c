/** Everything that a credential may be allowed to do. */
export const scopes = [
  'campaigns:launch',
  'campaigns:read',
  'campaigns:write',
  'consent:write',
  'customers:erase',
  'customers:read',
  'customers:write',
  'dead_letters:read',
  'dead_letters:write',
  'erasures:read',
  'imports:write',
  'ingest:backfill',
  'ingest:write',
  'keys:read',
  'keys:write',
  'pii:read',
  'projections:read',
  'projections:write',
  'segments:read',
  'segments:write',
  'sources:read',
  'sources:write',
  'suppressions:read',
  'suppressions:write',
  'templates:read',
  'templates:write',
  'workspace:read',
  'workspace:write',
] as const;

export type Scope = (typeof scopes)[number];

const reads = [
  'campaigns:read',
  'customers:read',
  'segments:read',
  'templates:read',
  'workspace:read',
] as const satisfies readonly Scope[];
const marketing = [
  'campaigns:write',
  'consent:write',
  'segments:write',
  'suppressions:read',
  'suppressions:write',
  'templates:write',
] as const satisfies readonly Scope[];
const operating = [
  'dead_letters:read',
  'dead_letters:write',
  'imports:write',
  'ingest:backfill',
  'ingest:write',
  'projections:read',
  'projections:write',
  'sources:read',
  'sources:write',
] as const satisfies readonly Scope[];

/** Roles as sets of scopes. */
export const roles = {
  owner: scopes,
  admin: scopes,
  developer: [...reads, ...operating, 'keys:read'],
  marketer: [...reads, ...marketing, 'campaigns:launch'],
  approver: [...reads, 'campaigns:launch', 'suppressions:read'],
  analyst: reads,
  support: [...reads, 'consent:write', 'customers:write', 'pii:read', 'dead_letters:read'],
  privacy_officer: [
    ...reads,
    'consent:write',
    'customers:erase',
    'customers:write',
    'erasures:read',
    'pii:read',
    'suppressions:read',
    'suppressions:write',
  ],
  auditor: [...reads, 'dead_letters:read', 'erasures:read', 'keys:read', 'projections:read', 'sources:read', 'suppressions:read'],
  module: ['ingest:write'],
} as const satisfies Record<string, readonly Scope[]>;

export type Role = keyof typeof roles;

/** True for the name of a scope. */
export function isScope(value: string): value is Scope {
  return (scopes as readonly string[]).includes(value);
}
