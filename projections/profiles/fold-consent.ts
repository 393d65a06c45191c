import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import { latestConsent, statementIn } from '../../domain/consent/consent-entry.js';
import { ownValue } from '../../domain/own-value.js';

/** Records what the customer said about a channel and purpose, from whatever source, unless something newer is known. */
export function foldConsent(profile: ProfileDocument, { type, data, metadata }: DecodedEvent): ProfileDocument {
  const statement = statementIn({ type, plain: data, metadata });
  if (statement === null) return profile;
  const { channel, purpose } = statement;
  const purposes = ownValue(profile.consent, channel) ?? {};
  const entry = latestConsent(ownValue(purposes, purpose), statement.entry);
  return { ...profile, consent: { ...profile.consent, [channel]: { ...purposes, [purpose]: entry } } };
}
