import { messageFacets, type MessageFacet, type MessageOutcome } from '../../contracts/read-models/message.js';
import type { RunCounts } from '../../contracts/read-models/campaign-runs.port.js';
import { parseSummary } from './message-summary.js';

/** How many people, how often in all, and which part of whom: `rate` is absent when there is nobody to be a part of. */
export interface FunnelStep {
  readonly people: number;
  readonly total: number;
  readonly of: 'sent' | 'delivered';
  readonly denominator: number;
  readonly rate?: number;
}

/** What became of a run's audience; the outcomes add up to it. */
export interface Funnel {
  readonly audience: number;
  /** `pending` are those on their way: not reserved yet, reserved, or waiting for another attempt. */
  readonly outcomes: RunCounts & { readonly pending: number };
  readonly suppressed_by_reason: Readonly<Record<string, number>>;
  readonly steps: Readonly<Record<MessageFacet, FunnelStep>>;
  /** Openings by programs, which are in no rate. */
  readonly opened_by_machine: { readonly people: number; readonly total: number };
}

const buckets: Readonly<Record<MessageOutcome, keyof Funnel['outcomes']>> = {
  pending: 'pending',
  reserved: 'pending',
  retrying: 'pending',
  sent: 'sent',
  failed: 'failed',
  uncertain: 'uncertain',
  cancelled: 'cancelled',
  suppressed: 'suppressed',
};

/** A rate's denominator: a bounce is a part of what was sent, the rest a part of what arrived. */
const wholes: Readonly<Record<MessageFacet, 'sent' | 'delivered'>> = {
  delivered: 'sent',
  opened: 'delivered',
  clicked: 'delivered',
  bounced: 'sent',
  complained: 'delivered',
  unsubscribed: 'delivered',
};

/** The funnel from how many messages have each summary. */
export function funnelOf(summaries: ReadonlyMap<string, number>): Funnel {
  const outcomes = { pending: 0, sent: 0, failed: 0, uncertain: 0, cancelled: 0, suppressed: 0 };
  const reasons: Record<string, number> = {};
  const people: Record<string, number> = {};
  const totals: Record<string, number> = {};
  let audience = 0;
  for (const [text, messages] of summaries) {
    const { outcome, reason, counts } = parseSummary(text);
    audience += messages;
    outcomes[buckets[outcome]] += messages;
    if (outcome === 'suppressed' && reason !== undefined) reasons[reason] = (reasons[reason] ?? 0) + messages;
    for (const [facet, count] of Object.entries(counts)) {
      people[facet] = (people[facet] ?? 0) + messages;
      totals[facet] = (totals[facet] ?? 0) + messages * count;
    }
  }
  const step = (facet: MessageFacet): FunnelStep => {
    const of = wholes[facet];
    const denominator = of === 'sent' ? outcomes.sent : (people['delivered'] ?? 0);
    const count = people[facet] ?? 0;
    return {
      people: count,
      total: totals[facet] ?? 0,
      of,
      denominator,
      ...(denominator === 0 ? {} : { rate: count / denominator }),
    };
  };
  return {
    audience,
    outcomes,
    suppressed_by_reason: reasons,
    // fromEntries widens keys to string; these are all the facets.
    steps: Object.fromEntries(messageFacets.map((facet) => [facet, step(facet)])) as Record<MessageFacet, FunnelStep>,
    opened_by_machine: { people: people['opened_by_machine'] ?? 0, total: totals['opened_by_machine'] ?? 0 },
  };
}
