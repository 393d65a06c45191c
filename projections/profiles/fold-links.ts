import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { ProfileDocument, ProfileLink } from '../../contracts/read-models/profile.js';
import { ownValue } from '../../domain/own-value.js';
import { linkCause } from '../../domain/identity/link-cause.js';

/** The customer at the other end of a link that begins or ends; undefined for all other events. */
export function linkedCustomer(event: DecodedEvent): string | undefined {
  if (isEngineEvent(event, 'customer.merged') || isEngineEvent(event, 'customer.unmerged')) return event.data.with;
  return undefined;
}

/** The link as one of its two ends keeps it; nothing else of the profile changes. */
export function foldLink(profile: ProfileDocument, event: DecodedEvent): ProfileDocument {
  const other = profile.customer_id === event.stream.id ? linkedCustomer(event) : event.stream.id;
  if (other === undefined || other === profile.customer_id) return profile;
  const at = event.metadata.occurred_at;
  const link = ownValue(profile.links ?? {}, other) ?? {};
  if (isEngineEvent(event, 'customer.merged')) {
    const merged = withLink(profile, other, { ...link, [linkCause(event.data)]: at });
    return event.data.because === 'manual' ? withApart(merged, other, undefined) : merged;
  }
  if (!isEngineEvent(event, 'customer.unmerged')) return profile;
  if (event.data.because === 'manual') return withApart(withLink(profile, other, {}), other, at);
  const { [linkCause({ ...event.data, because: 'identifier' })]: _ended, ...rest } = link;
  return withLink(profile, other, rest);
}

function withLink(profile: ProfileDocument, other: string, link: ProfileLink): ProfileDocument {
  const { links: before = {}, ...rest } = profile;
  const { [other]: _before, ...others } = before;
  const links = Object.keys(link).length === 0 ? others : { ...others, [other]: link };
  return Object.keys(links).length === 0 ? rest : { ...rest, links };
}

function withApart(profile: ProfileDocument, other: string, at: string | undefined): ProfileDocument {
  const { apart: before = {}, ...rest } = profile;
  const { [other]: _before, ...others } = before;
  const apart = at === undefined ? others : { ...others, [other]: at };
  return Object.keys(apart).length === 0 ? rest : { ...rest, apart };
}
