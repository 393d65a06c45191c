import type { Scope } from '../../contracts/access.js';
import { streamCategories, type StreamCategory } from '../../contracts/events/streams.js';

/** The scope that lets someone see the events of a category, besides that of the call. */
const scopeOf: Readonly<Record<StreamCategory, Scope>> = {
  access: 'keys:read',
  ad_campaign: 'campaigns:read',
  campaign: 'campaigns:read',
  campaign_run: 'campaigns:read',
  customer: 'customers:read',
  erasure: 'erasures:read',
  identity: 'customers:read',
  import: 'imports:write',
  projection: 'projections:read',
  quarantine: 'dead_letters:read',
  segment: 'segments:read',
  source: 'keys:read',
  suppression: 'suppressions:read',
  template: 'templates:read',
};

/** The categories whose events a credential with these scopes may see. */
export function visibleCategories(scopes: ReadonlySet<string>): readonly StreamCategory[] {
  return streamCategories.filter((category) => scopes.has(scopeOf[category]));
}
