import type { Position } from '../../contracts/events/event.js';
import { recordConsent, type ConsentDeps, type PersonalEvidence } from '../consent/record-consent.js';
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
  readonly personal?: PersonalEvidence;
}

type WithdrawDeps = ConsentDeps & { readonly suppressions: Pick<SuppressionCommands, 'add'> };

/**
 * Withdraws the consent of everyone who is the same person and suppresses the address; durable when it resolves. Doing it again changes
 * nothing, until consent was granted anew. Answers the position of what was recorded, null when it was so already.
 */
export async function withdrawConsent(deps: WithdrawDeps, withdrawal: Withdrawal): Promise<Position | null> {
  const { workspace, customerId, runId, actor, at } = withdrawal;
  const position = await recordConsent(deps, {
    ...withdrawal,
    state: 'withdrawn',
    via: runId ?? 'unsubscribe_link',
    isAlready: (now) => now?.state === 'withdrawn',
  });
  const profile = await deps.profiles.get(workspace, customerId);
  const address_hash = withdrawal.addressHash ?? profile?.hashes['email'];
  if (address_hash !== undefined) await deps.suppressions.add({ address_hash }, 'unsubscribed', { workspace, actor, at });
  return position;
}
