import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { ConsentEntry, ProfileDocument } from '../../contracts/read-models/profile.js';
import { ownValue } from '../../domain/own-value.js';

/** Records what the customer said about a channel and purpose, from whatever source, unless something newer is known. */
export function foldConsent(profile: ProfileDocument, event: DecodedEvent): ProfileDocument {
  const { channel, purpose, via } = event.data;
  if (typeof channel !== 'string' || typeof purpose !== 'string') return profile;
  const at = event.metadata.occurred_at;
  const purposes = ownValue(profile.consent, channel) ?? {};
  if (at < (ownValue(purposes, purpose)?.at ?? '')) return profile;
  const state = event.type === 'consent.granted' ? 'granted' : 'withdrawn';
  const entry: ConsentEntry = typeof via === 'string' ? { state, at, via } : { state, at };
  return { ...profile, consent: { ...profile.consent, [channel]: { ...purposes, [purpose]: entry } } };
}
