import type { CountedFacet, MessageDocument, MessageOutcome } from '../../contracts/read-models/message.js';

/** What the funnel needs of a message. */
export interface MessageSummary {
  readonly outcome: MessageOutcome;
  readonly reason?: string;
  readonly counts: Readonly<Partial<Record<CountedFacet, number>>>;
}

const letters: Readonly<Record<CountedFacet, string>> = {
  delivered: 'd',
  opened: 'o',
  clicked: 'c',
  bounced: 'b',
  complained: 'x',
  unsubscribed: 'u',
  opened_by_machine: 'm',
};
// Object.entries widens keys to string; these are the keys of the table above.
const facets = Object.entries(letters) as readonly (readonly [CountedFacet, string])[];

/** Outcome, counts and reason as one text: `sent|d1o2|`. Equal messages have equal texts, so that counting texts is counting messages. */
export function summaryOf(message: Pick<MessageDocument, 'outcome' | 'counts' | 'reason'>): string {
  const counted = facets.map(([facet, letter]) => {
    const count = message.counts[facet] ?? 0;
    return count === 0 ? '' : `${letter}${count}`;
  });
  const explains = message.outcome === 'suppressed' || message.outcome === 'failed';
  return `${message.outcome}|${counted.join('')}|${explains ? (message.reason ?? '') : ''}`;
}

/** What `summaryOf` wrote. */
export function parseSummary(text: string): MessageSummary {
  const [outcome = '', counted = '', ...reason] = text.split('|');
  const counts: Partial<Record<CountedFacet, number>> = {};
  for (const [, letter, digits] of counted.matchAll(/([a-z])(\d+)/g)) {
    const facet = facets.find(([, known]) => known === letter)?.[0];
    if (facet !== undefined) counts[facet] = Number(digits);
  }
  const why = reason.join('|');
  // Only summaryOf writes these texts.
  return { outcome: outcome as MessageOutcome, counts, ...(why === '' ? {} : { reason: why }) };
}
