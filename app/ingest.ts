import type { Registry } from 'prom-client';
import { createAdmission } from '../commands/ingest/admission.js';
import { createIdentityIndex, type IdentityIndex } from '../commands/ingest/identity-index.js';
import { createInFlight } from '../commands/ingest/in-flight.js';
import { createIngest, type Ingest } from '../commands/ingest/ingest.js';
import type { IntakePolicy } from '../commands/ingest/prepare-entry.js';
import { createRecordedSets } from '../commands/ingest/recorded-sets.js';
import { createStreamWriter } from '../commands/stream-writer.js';
import type { TrackingPlans } from '../contracts/read-models/tracking-plans.port.js';
import type { Workspaces } from '../contracts/read-models/workspaces.port.js';
import type { CountryCode } from '../domain/identity/normalisers.js';
import type { Clock } from '../runtime/clock.js';
import { awayError } from '../stores/fail-fast.js';
import { createIngestMetrics } from './ingest-metrics.js';
import type { Stores } from './stores.js';

/** How many of the customers, identifiers and sets that were seen last are known without asking the log. */
const CACHED = 30_000;
const REMEMBER_POLICY_MS = 2_000;

export interface IngestOptions {
  readonly stores: Stores;
  readonly workspaces: Workspaces;
  readonly trackingPlans: TrackingPlans;
  readonly metrics: Registry;
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** The ingest of this process, and how it is told that identifiers belong to nobody any more. */
export interface ComposedIngest {
  readonly ingest: Ingest;
  readonly forgetOwners: IdentityIndex['forget'];
}

/** The ingest of this process. */
export function composeIngest(options: IngestOptions): ComposedIngest {
  const { eventStore, pins, vault, users, watches } = options.stores;
  // Embedded, one of them failing need not concern ingest.
  const needed = users === 'many' ? watches : [];
  const identities = createIdentityIndex({ eventStore, cachedIdentifiers: CACHED });
  const ingest = createIngest({
    ...options,
    eventStore,
    pins,
    vault,
    writer: createStreamWriter({ eventStore, cachedStreams: CACHED }),
    identities,
    recordedSets: createRecordedSets({ eventStore, pins, cachedSets: CACHED }),
    admission: createAdmission(),
    inFlight: createInFlight(),
    metrics: createIngestMetrics(options.metrics),
    policyOf: rememberedPolicies(options),
    refusal: () => needed.map(awayError).find((error) => error !== null) ?? null,
  });
  return { ingest, forgetOwners: (workspace, hashes) => identities.forget(workspace, hashes) };
}

function rememberedPolicies(options: IngestOptions): (workspace: string, source: string) => Promise<IntakePolicy> {
  const { clock } = options;
  const known = new Map<string, { readonly until: number; readonly policy: Promise<IntakePolicy> }>();
  return (workspace, source) => {
    const name = `${workspace}/${source}`;
    const remembered = known.get(name);
    if (remembered !== undefined && remembered.until > clock()) return remembered.policy;
    const policy = policyOf(options, workspace, source);
    known.set(name, { until: clock() + REMEMBER_POLICY_MS, policy });
    policy.catch(() => known.delete(name));
    return policy;
  };
}

async function policyOf({ workspaces, trackingPlans }: IngestOptions, workspace: string, source: string): Promise<IntakePolicy> {
  const [settings, plan] = await Promise.all([workspaces.settingsOf(workspace), trackingPlans.get(workspace, source)]);
  // Countries are checked when they are set; the library takes any two letters.
  return {
    unknownTypes: settings?.unknown_types ?? 'accept',
    defaultCountry: (settings?.default_country ?? 'ID') as CountryCode,
    ...(settings?.erased_identifiers === undefined ? {} : { erasedIdentifiers: settings.erased_identifiers }),
    ...(plan?.published === undefined ? {} : { plan: plan.published.plan }),
  };
}
