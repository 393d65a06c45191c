import { plainBody } from '../../contracts/events/engine-event.js';
import type { Position } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import { consentIn } from '../../domain/campaign/consent.js';
import type { ConsentEntry } from '../../contracts/read-models/profile.js';
import { engineId } from '../../domain/ids.js';
import { engineEvent } from '../engine-event.js';
import type { CampaignsDeps } from './campaigns-deps.js';
import type { SuppressionCommands } from './suppression.commands.js';

/** Who no longer wants what, and where that was said. */
export interface Withdrawal {
  readonly workspace: string;
  readonly customerId: string;
  readonly channel: string;
  readonly purpose: string;
  /** The run whose message led to it; absent for a message outside of runs. */
  readonly runId?: string;
  /** The address that the message went to; absent: the customer's of today. */
  readonly addressHash?: string;
  readonly actor: string;
  /** ISO-8601 UTC with milliseconds. */
  readonly at: string;
}

type WithdrawDeps = Pick<CampaignsDeps, 'eventStore' | 'profiles' | 'clusterOf'> & {
  readonly suppressions: Pick<SuppressionCommands, 'add'>;
};

/**
 * Withdraws the consent of everyone who is the same person and suppresses the address; durable when it resolves. Doing it again changes
 * nothing, until consent was granted anew. Answers the position of what was recorded, null when it was so already.
 */
export async function withdrawConsent(deps: WithdrawDeps, withdrawal: Withdrawal): Promise<Position | null> {
  const { workspace, customerId, actor, at } = withdrawal;
  const members = (await deps.clusterOf?.(workspace, customerId)) ?? [customerId];
  const positions = await Promise.all(members.map((member) => withdrawOne(deps, withdrawal, member)));
  const profile = await deps.profiles.get(workspace, customerId);
  const address_hash = withdrawal.addressHash ?? profile?.hashes['email'];
  if (address_hash !== undefined) await deps.suppressions.add({ address_hash }, 'unsubscribed', { workspace, actor, at });
  return positions.reduce((last, position) => (position !== null && (last === null || position > last) ? position : last), null);
}

async function withdrawOne(deps: WithdrawDeps, withdrawal: Withdrawal, customerId: string): Promise<Position | null> {
  const { workspace, channel, purpose, runId, actor, at } = withdrawal;
  const stream = streamName('customer', workspace, customerId);
  const profile = await deps.profiles.get(workspace, customerId);
  const after = BigInt(profile?.revision ?? '-1');
  const now = await consentNow(deps, {
    stream,
    after,
    channel,
    purpose,
    known: profile === null ? undefined : consentIn(profile, withdrawal),
  });
  if (now?.state === 'withdrawn') return null;
  const via = runId ?? 'unsubscribe_link';
  const event = engineEvent({
    // Withdrawing again after a new grant is another event; a repeat is the same one.
    id: engineId('consent.withdrawn', workspace, customerId, channel, purpose, via, now?.at ?? ''),
    type: 'consent.withdrawn',
    data: plainBody('consent.withdrawn', { channel, purpose, via, at }),
    workspace,
    actor,
    at,
  });
  const [stored] = await deps.eventStore.appendOnce(stream, after, [event]);
  return stored?.position ?? null;
}

async function consentNow(
  deps: WithdrawDeps,
  place: {
    readonly stream: string;
    readonly after: bigint;
    readonly channel: string;
    readonly purpose: string;
    readonly known: ConsentEntry | undefined;
  },
): Promise<ConsentEntry | undefined> {
  let now = place.known;
  for await (const { type, data, metadata } of deps.eventStore.readStream(place.stream, { from: place.after + 1n })) {
    if (type !== 'consent.granted' && type !== 'consent.withdrawn') continue;
    if (data.plain['channel'] !== place.channel || data.plain['purpose'] !== place.purpose) continue;
    if (metadata.occurred_at < (now?.at ?? '')) continue;
    now = { state: type === 'consent.granted' ? 'granted' : 'withdrawn', at: metadata.occurred_at };
  }
  return now;
}
