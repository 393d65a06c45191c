import type { CampaignRuns } from '../contracts/read-models/campaign-runs.port.js';
import type { Campaigns } from '../contracts/read-models/campaigns.port.js';
import type { Messages } from '../contracts/read-models/messages.port.js';
import type { Members } from '../contracts/read-models/members.port.js';
import type { Segments } from '../contracts/read-models/segments.port.js';
import type { Suppressions } from '../contracts/read-models/suppressions.port.js';
import type { TrackingPlans } from '../contracts/read-models/tracking-plans.port.js';
import type { Templates } from '../contracts/read-models/templates.port.js';
import type { ApiKeys } from '../contracts/read-models/api-keys.port.js';
import type { Imports } from '../contracts/read-models/imports.port.js';
import type { People } from '../contracts/read-models/people.port.js';
import type { Profiles } from '../contracts/read-models/profiles.port.js';
import type { Workspaces } from '../contracts/read-models/workspaces.port.js';
import { createApiKeys, createWorkspaces } from '../projections/access/access.queries.js';
import { createCampaignRuns } from '../projections/campaign-runs/campaign-runs.queries.js';
import { createCampaignQueries } from '../projections/campaigns/campaigns.queries.js';
import { createMembers } from '../projections/members/members.queries.js';
import { createSegmentQueries } from '../projections/segments/segments.queries.js';
import { createMessages } from '../projections/messages/messages.queries.js';
import { createSuppressions } from '../projections/suppressions/suppressions.queries.js';
import { createTemplates } from '../projections/templates/templates.queries.js';
import { createErasures } from '../projections/erasures/erasures.queries.js';
import { createTrackingPlans } from '../projections/tracking-plans/tracking-plans.queries.js';
import { createImports } from '../projections/imports/imports.queries.js';
import { createIngestStatistics } from '../projections/ingest-statistics/ingest-statistics.queries.js';
import { createQuarantine } from '../projections/quarantine/quarantine.queries.js';
import type { IngestStatisticsReader } from '../contracts/read-models/ingest-statistics.port.js';
import type { Erasures } from '../contracts/read-models/erasures.port.js';
import type { Quarantine } from '../contracts/read-models/quarantine.port.js';
import { createMergedProfiles, createPeople } from '../projections/people/people.queries.js';
import { createProfiles } from '../projections/profiles/profiles.queries.js';
import type { ReadSource } from '../projections/read-source.js';
import type { Runner } from '../runtime/runner.js';
import type { DocumentStore } from '../stores/document-store/document-store.port.js';

/** The query ports that commands and routes read through. */
export interface ReadModels {
  readonly apiKeys: ApiKeys;
  readonly workspaces: Workspaces;
  readonly imports: Imports;
  /** Each customer by itself. */
  readonly profiles: Profiles;
  /** Everyone who is one person as one. */
  readonly merged: Profiles;
  readonly people: People;
  readonly quarantine: Quarantine;
  readonly erasures: Erasures;
  readonly statistics: IngestStatisticsReader;
  readonly trackingPlans: TrackingPlans;
  readonly templates: Templates;
  readonly campaigns: Campaigns;
  readonly runs: CampaignRuns;
  readonly messages: Messages;
  readonly suppressions: Suppressions;
  readonly segments: Segments;
  readonly members: Members;
}

/** Query ports over the generations that serve. */
export function createReadModels(runner: Pick<Runner, 'readModel' | 'waitFor'>, documents: DocumentStore): ReadModels {
  const source = (name: string): ReadSource => ({ documents, collection: () => runner.readModel(name).collection() });
  const profiles = createProfiles(source('profiles'));
  return {
    apiKeys: createApiKeys(source('api-keys')),
    workspaces: createWorkspaces(source('workspaces')),
    imports: createImports(source('imports')),
    erasures: createErasures(source('erasures')),
    profiles,
    merged: createMergedProfiles(profiles),
    people: createPeople(profiles),
    quarantine: createQuarantine(source('quarantine')),
    statistics: createIngestStatistics(source('ingest-statistics')),
    trackingPlans: createTrackingPlans(source('tracking-plans')),
    templates: createTemplates(source('templates')),
    campaigns: createCampaignQueries(source('campaigns')),
    runs: createCampaignRuns(source('campaign-runs')),
    messages: createMessages(source('messages')),
    suppressions: createSuppressions(source('suppressions')),
    segments: createSegmentQueries(source('segments')),
    members: createMembers({
      ...source('profiles'),
      waitFor: (position, waitMs) => runner.waitFor('profiles', position, waitMs),
    }),
  };
}
