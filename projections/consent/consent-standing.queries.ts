import type { ConsentStanding, StandingConsent } from '../../contracts/read-models/consent-standing.port.js';
import type { ConsentEntry, ProfileDocument } from '../../contracts/read-models/profile.js';
import type { Profiles } from '../../contracts/read-models/profiles.port.js';
import type { Suppressions } from '../../contracts/read-models/suppressions.port.js';
import type { Workspaces } from '../../contracts/read-models/workspaces.port.js';
import { mayBeWrittenTo } from '../../domain/campaign/consent.js';
import { ruleOf, topicsOf, type ConsentSettings } from '../../domain/consent/topics.js';
import { combine } from '../../domain/customer/combine.js';
import { ownValue } from '../../domain/own-value.js';

export interface ConsentStandingDeps {
  readonly profiles: Pick<Profiles, 'getMany'>;
  readonly suppressions: Pick<Suppressions, 'getMany'>;
  readonly workspaces: Pick<Workspaces, 'settingsOf'>;
  /** Everyone who is the same person, the customer included; absent: the customer alone. */
  readonly clusterOf?: (workspace: string, customerId: string) => Promise<readonly string[]>;
}

const MAIL = 'email';

/** Where consent stands, from profiles and settings. */
export function createConsentStanding(deps: ConsentStandingDeps): ConsentStanding {
  return {
    async of(workspace, customerId) {
      const members = (await deps.clusterOf?.(workspace, customerId)) ?? [customerId];
      const found = [...(await deps.profiles.getMany(workspace, members)).values()];
      const [first, ...more] = found;
      if (first === undefined) return null;
      const profile = more.reduce(combine, first);
      const address = profile.hashes['email'];
      const [settings, listed] = await Promise.all([
        deps.workspaces.settingsOf(workspace),
        address === undefined ? null : deps.suppressions.getMany(workspace, [address]),
      ]);
      const suppressed = listed?.get(address ?? '')?.reason;
      return { consent: standingsOf(profile, settings ?? {}), ...(suppressed === undefined ? {} : { suppressed }) };
    },
    async topics(workspace) {
      return topicsOf((await deps.workspaces.settingsOf(workspace)) ?? {});
    },
  };
}

function standingsOf({ consent }: ProfileDocument, settings: ConsentSettings): readonly StandingConsent[] {
  const topics = topicsOf(settings).map(({ purpose }) => ({ channel: MAIL, purpose }));
  const others = Object.entries(consent).flatMap(([channel, purposes]) =>
    Object.keys(purposes).map((purpose) => ({ channel, purpose })),
  );
  const isTopic = (one: (typeof others)[number]): boolean =>
    topics.some(({ channel, purpose }) => channel === one.channel && purpose === one.purpose);
  return [...topics, ...others.filter((one) => !isTopic(one))].map((about) =>
    standing(about, ownValue(ownValue(consent, about.channel) ?? {}, about.purpose), ruleOf(settings, about)),
  );
}

function standing(
  about: Pick<StandingConsent, 'channel' | 'purpose'>,
  entry: ConsentEntry | undefined,
  rule: StandingConsent['rule'],
): StandingConsent {
  const { withdrawn_at: _withdrawn, ...said } = entry ?? { state: 'not_said' as const };
  return { ...about, ...said, rule, may_be_written_to: mayBeWrittenTo(entry, rule) };
}
