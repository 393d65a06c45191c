import type { ConsentRule, ConsentTopic } from '../../contracts/events/consent-topics.js';
import { DEFAULT_PURPOSE } from '../campaign/consent.js';
import { ownValue } from '../own-value.js';

/** What a workspace says about consent. */
export interface ConsentSettings {
  readonly topics?: readonly ConsentTopic[];
  readonly opt_in_required?: boolean;
}

const defaultTopics: readonly ConsentTopic[] = [{ purpose: DEFAULT_PURPOSE, label: 'News and offers' }];

/** The topics that people can choose: those that the workspace defined, else the one that all messages have. */
export function topicsOf({ topics }: ConsentSettings): readonly ConsentTopic[] {
  return topics === undefined || topics.length === 0 ? defaultTopics : topics;
}

/** The topic of a purpose; undefined for one that the workspace does not have. */
export function topicOf(settings: ConsentSettings, purpose: string): ConsentTopic | undefined {
  return topicsOf(settings).find((topic) => topic.purpose === purpose);
}

/** What messages of a purpose need on a channel. */
export function ruleOf(settings: ConsentSettings, about: { readonly channel: string; readonly purpose: string }): ConsentRule {
  const own = ownValue(topicOf(settings, about.purpose)?.opt_in ?? {}, about.channel);
  return own ?? (settings.opt_in_required === true ? 'opt_in' : 'opt_out');
}
