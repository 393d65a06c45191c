import { EngineError } from '../../contracts/errors.js';
import type { SuppressedReason } from '../../contracts/events/campaign-message.events.js';
import type { Json, JsonObject } from '../../contracts/json.js';
import type { MemberProfile } from '../../contracts/read-models/members.port.js';
import { campaignDecider } from '../../domain/campaign/campaign.decider.js';
import { consentIn, DEFAULT_PURPOSE, mayBeWrittenTo, suppressedBy, type ConsentNeeded } from '../../domain/campaign/consent.js';
import { ruleOf, topicOf } from '../../domain/consent/topics.js';
import { loadStream } from '../command-handler.js';
import type { CampaignsDeps } from './campaigns-deps.js';
import { memberPersons } from './persons.js';
import { campaignStreamName } from './run-ids.js';
import { segmentNow } from './segment-state.js';
import type { ReadyTemplate, TemplateSources } from './template-source.js';

/** What a launch would do now; nobody is written to. */
export interface Preflight {
  /** Nothing speaks against launching. */
  readonly ready: boolean;
  readonly problems: readonly string[];
  readonly members: number;
  /** `false`: the figures below are of the first members only. */
  readonly exact: boolean;
  readonly checked: number;
  readonly with_address: number;
  readonly sendable: number;
  readonly suppressed_by_reason: Readonly<Record<string, number>>;
  /** How many of those to be written to lack a field that the template needs. */
  readonly missing_fields: Readonly<Record<string, number>>;
}

const PAGE = 2_000;
const CHECKED_MOST = 20_000;

/** Looks at everything that a launch depends on. Errors: `not_found`. */
export async function preflight(
  deps: CampaignsDeps & { readonly templates: TemplateSources },
  workspace: string,
  campaignId: string,
): Promise<Preflight> {
  const { state } = await loadStream(deps.eventStore, campaignStreamName(workspace, campaignId), campaignDecider);
  if (state.kind === 'absent') throw new EngineError('not_found', 'Expected the id of a campaign, found none with this id.');
  const { campaign } = state;
  const [{ segment, isBeingEvaluated }, template, settings, members] = await Promise.all([
    segmentNow(deps.eventStore, workspace, campaign.segment),
    deps.templates.load(workspace, campaign.template),
    deps.workspaces.settingsOf(workspace),
    deps.members.count(workspace, campaign.segment),
  ]);
  const about = { channel: campaign.channel, purpose: campaign.purpose ?? DEFAULT_PURPOSE };
  const needed: ConsentNeeded = { ...about, rule: ruleOf(settings ?? {}, about) };
  const checked = await checkMembers(deps, { workspace, segmentId: campaign.segment, needed, template });
  const problems = [
    ...(state.launch === undefined ? [] : ['already_launched']),
    ...(segment.status === 'live' ? [] : ['segment_archived']),
    ...(isBeingEvaluated ? ['segment_being_evaluated'] : []),
    ...(deps.channels[campaign.channel] === undefined ? ['channel_unknown'] : []),
    ...(topicOf(settings ?? {}, about.purpose) === undefined && settings?.topics !== undefined ? ['topic_unknown'] : []),
    ...(settings?.postal_address === undefined ? ['postal_address_missing'] : []),
    ...(checked.sendable === 0 ? ['nobody_to_write_to'] : []),
  ];
  // A missing postal address is said and does not keep anybody from launching.
  const ready = problems.every((problem) => problem === 'postal_address_missing');
  return { ready, problems, members, exact: checked.checked >= members, ...checked };
}

interface Question {
  readonly workspace: string;
  readonly segmentId: string;
  readonly needed: ConsentNeeded;
  readonly template: ReadyTemplate;
}

type Checked = Pick<Preflight, 'checked' | 'with_address' | 'sendable' | 'suppressed_by_reason' | 'missing_fields'>;

async function checkMembers(deps: CampaignsDeps, { workspace, segmentId, needed, template }: Question): Promise<Checked> {
  const addresses = new Set<string>();
  const reasons = new Map<string, number>();
  const missing = new Map<string, number>();
  let [checked, withAddress, sendable] = [0, 0, 0];
  for (let afterId: string | undefined; checked < CHECKED_MOST;) {
    const behind = afterId === undefined ? {} : { afterId };
    const page = await deps.members.walkProfiles(workspace, segmentId, { limit: PAGE, ...behind });
    const persons = await memberPersons(deps, workspace, page.profiles);
    const hashes = persons.flatMap((profile) => profile.hashes['email'] ?? []);
    const listed = await deps.suppressions.getMany(workspace, hashes);
    for (const profile of persons) {
      const address = profile.hashes['email'];
      if (address !== undefined) withAddress += 1;
      const list = listed.get(address ?? '');
      const reason = reasonOf(profile, needed) ?? (list && suppressedBy(list.reason)) ?? duplicate(addresses, address);
      if (reason === undefined) {
        sendable += 1;
        for (const field of missingIn(template, profile)) missing.set(field, (missing.get(field) ?? 0) + 1);
      } else reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    checked += persons.length;
    if (page.next === null) break;
    afterId = page.next;
  }
  const tables = { suppressed_by_reason: Object.fromEntries(reasons), missing_fields: Object.fromEntries(missing) };
  return { checked, with_address: withAddress, sendable, ...tables };
}

function reasonOf(profile: MemberProfile, needed: ConsentNeeded): SuppressedReason | undefined {
  if (profile.hashes['email'] === undefined || profile.direct['email'] === undefined) return 'no_address';
  return mayBeWrittenTo(consentIn(profile, needed), needed.rule) ? undefined : 'unsubscribed';
}

function duplicate(known: Set<string>, address: string | undefined): SuppressedReason | undefined {
  if (address === undefined || known.has(address)) return 'duplicate_address';
  known.add(address);
  return undefined;
}

/** What every message has. */
const ownFields = ['unsubscribe_url', 'postal_address'];

/** Whether a value is there can be told without opening it. */
function missingIn({ mergeFields }: ReadyTemplate, profile: MemberProfile): readonly string[] {
  const required = mergeFields.filter(({ path, need }) => need === 'required' && !ownFields.includes(path));
  return required.map(({ path }) => path).filter((path) => !isThere(path.split('.'), profile));
}

function isThere(path: readonly string[], { attributes, direct }: MemberProfile): boolean {
  const [first = ''] = path;
  if (first === 'qontak_customer_id' || Object.hasOwn(direct, first)) return true;
  const value = path.reduce<Json | undefined>(
    (inner, step) => (isObject(inner) && Object.hasOwn(inner, step) ? inner[step] : undefined),
    attributes,
  );
  return value !== undefined && value !== '';
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && !Array.isArray(value);
}
