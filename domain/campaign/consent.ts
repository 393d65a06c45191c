import type { SuppressedReason } from '../../contracts/events/campaign-message.events.js';
import type { ConsentRule } from '../../contracts/events/consent-topics.js';
import type { SuppressionReason } from '../../contracts/events/suppression.events.js';
import type { ConsentEntry, ProfileDocument } from '../../contracts/read-models/profile.js';
import { ownValue } from '../own-value.js';

/** The purpose that messages have unless their campaign says otherwise. */
export const DEFAULT_PURPOSE = 'marketing';

/** Which consent a message needs. */
export interface ConsentNeeded {
  readonly channel: string;
  readonly purpose: string;
  readonly rule: ConsentRule;
}

/** What the customer last said about the channel and purpose. */
export function consentIn(
  profile: Pick<ProfileDocument, 'consent'>,
  { channel, purpose }: Pick<ConsentNeeded, 'channel' | 'purpose'>,
): ConsentEntry | undefined {
  const purposes = ownValue(profile.consent, channel);
  return purposes === undefined ? undefined : ownValue(purposes, purpose);
}

/** True when the customer may be written to. */
export function mayBeWrittenTo(consent: ConsentEntry | undefined, rule: ConsentNeeded['rule']): boolean {
  if (consent === undefined) return rule === 'opt_out';
  return consent.state === 'granted' && (rule !== 'double_opt_in' || consent.confirmed_at !== undefined);
}

/** The outcome of a recipient whose address is on the suppression list: the reason that stands there. */
export function suppressedBy(reason: SuppressionReason): SuppressedReason {
  return reason;
}
