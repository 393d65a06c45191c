import { plainBody } from '../../contracts/events/engine-event.js';
import type { NewEvent, Position } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { JsonObject } from '../../contracts/json.js';
import type { ConsentEntry } from '../../contracts/read-models/profile.js';
import type { People } from '../../contracts/read-models/people.port.js';
import type { Profiles } from '../../contracts/read-models/profiles.port.js';
import { consentIn } from '../../domain/campaign/consent.js';
import { latestConsent, statementIn } from '../../domain/consent/consent-entry.js';
import { engineId } from '../../domain/ids.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { withSealed, type SealingDeps } from '../campaigns/sealed-reason.js';
import { engineEvent } from '../engine-event.js';

/** What proves a statement beside its time and its place in the log: personal, sealed under the customer's key. */
export interface PersonalEvidence {
  readonly reason?: string;
  readonly ip?: string;
  readonly recorded_by?: string;
  readonly evidence?: string;
}

/** What a customer says about one channel and purpose. */
export interface Said {
  readonly workspace: string;
  readonly customerId: string;
  readonly channel: string;
  readonly purpose: string;
  readonly state: ConsentEntry['state'];
  /** Where it is said. */
  readonly via: string;
  readonly actor: string;
  /** Now, ISO-8601 UTC with milliseconds. */
  readonly at: string;
  /** When it was said, where that is told: it may be long ago, and is then outdone by what was said since. */
  readonly saidAt?: string;
  readonly method?: 'opt_in' | 'double_opt_in';
  readonly wordingVersion?: string;
  readonly personal?: PersonalEvidence;
  /** Makes it another event than what was said in the same words before; absent: saying it again to what stands is the same event. */
  readonly id?: string;
  /** Nothing is recorded about a customer for whom this holds. */
  readonly isAlready: (now: ConsentEntry | undefined) => boolean;
}

export interface ConsentDeps extends SealingDeps {
  readonly eventStore: EventStore;
  readonly profiles: Pick<Profiles, 'get'>;
  readonly people: Pick<People, 'membersOf'>;
}

/**
 * Records it for everyone who is the same person, so that neither a withdrawal nor a grant is lost when they are told apart again; durable
 * when it resolves. Answers the position of what was recorded, null when nothing was.
 */
export async function recordConsent(deps: ConsentDeps, said: Said): Promise<Position | null> {
  const members = await deps.people.membersOf(said.workspace, said.customerId);
  const positions = await Promise.all(members.map((member) => recordOne(deps, said, member)));
  return positions.reduce((last, position) => (position !== null && (last === null || position > last) ? position : last), null);
}

async function recordOne(deps: ConsentDeps, said: Said, customerId: string): Promise<Position | null> {
  const stream = streamName('customer', said.workspace, customerId);
  const { now, after } = await consentNow(deps, said, customerId);
  if (said.isAlready(now)) return null;
  const plain = consentEvent(said, customerId, now);
  const personal = Object.entries(said.personal ?? {});
  const direct: JsonObject = Object.fromEntries<string>(personal);
  // Without a key the customer was erased: the fact alone is recorded.
  const sealed = personal.length === 0 ? plain : ((await withSealed(deps, stream, plain, { direct })) ?? plain);
  const [stored] = await deps.eventStore.appendOnce(stream, after, [sealed]);
  return stored?.position ?? null;
}

function consentEvent(said: Said, customerId: string, now: ConsentEntry | undefined): NewEvent {
  const { workspace, channel, purpose, state, via, actor, saidAt, wordingVersion } = said;
  const type = `consent.${state}` as const;
  // What is withdrawn here and now ends what is known here and now, also when the clock went back.
  const isOutdone = state === 'withdrawn' && saidAt === undefined && now !== undefined && now.at > said.at;
  const at = isOutdone ? now.at : said.at;
  const data = {
    ...{ channel, purpose, via, at: saidAt ?? at },
    ...(wordingVersion === undefined ? {} : { wording_version: wordingVersion }),
  };
  const body =
    state === 'granted'
      ? plainBody('consent.granted', { ...data, ...(said.method === undefined ? {} : { method: said.method }) })
      : plainBody('consent.withdrawn', { ...data, method: now === undefined ? 'opt_out' : 'withdrawal' });
  // Withdrawing again after a new grant is another event; a repeat is the same one.
  const id = engineId(
    type,
    workspace,
    customerId,
    channel,
    purpose,
    via,
    now?.at ?? '',
    ...(said.id === undefined ? [] : [said.id]),
  );
  const event = engineEvent({ id, type, data: body, workspace, actor, at });
  return saidAt === undefined ? event : { ...event, metadata: { ...event.metadata, occurred_at: saidAt } };
}

/** What stands in the customer's stream by now about the channel and purpose, and a revision at or below what was read. */
async function consentNow(
  deps: Pick<ConsentDeps, 'eventStore' | 'profiles'>,
  about: Pick<Said, 'workspace' | 'channel' | 'purpose'>,
  customerId: string,
): Promise<{ readonly now: ConsentEntry | undefined; readonly after: bigint }> {
  const profile = await deps.profiles.get(about.workspace, customerId);
  const after = BigInt(profile?.revision ?? '-1');
  let now = profile === null ? undefined : consentIn(profile, about);
  const stream = streamName('customer', about.workspace, customerId);
  for await (const { type, data, metadata } of deps.eventStore.readStream(stream, { from: after + 1n })) {
    const statement = statementIn({ type, plain: data.plain, metadata });
    if (statement?.channel === about.channel && statement.purpose === about.purpose) now = latestConsent(now, statement.entry);
  }
  return { now, after };
}
