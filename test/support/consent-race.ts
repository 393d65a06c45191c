import type { Channel, OutgoingMessage } from '../../channels/channel.port.js';
import { recordConsent } from '../../commands/consent/record-consent.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import { LAPSE_MS } from '../../commands/campaigns/run/deliver-message.js';
import { DEFAULT_PURPOSE } from '../../domain/campaign/consent.js';
import { makeUnsubscribeToken } from '../../domain/campaign/tokens.js';
import { isoInstant } from '../../runtime/clock.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { people } from './campaign-people.js';
import { openCampaigns, WORKSPACE, type CampaignsUnderTest } from './campaigns.js';

/** How a customer withdraws, and at what moment of the reservation of their message. */
export interface RacingCustomer {
  readonly by: 'link' | 'module' | 'person';
  /** `meanwhile`: beside the append of the reservation; `behind`: acknowledged before the sender goes on; `early`: before any of it. */
  readonly when: 'early' | 'meanwhile' | 'behind';
  /** For how long the sender stands still behind its reservation, ms. */
  readonly pauseMs: number;
  /** Whether a grant of the same instant comes with it, which must not outdo it. */
  readonly grants: 'nothing' | 'before' | 'after';
}

/** What came of a race. */
export interface RaceResult {
  /** Customers whose reservation stands behind a withdrawal. */
  readonly reservedBehind: readonly string[];
  /** Messages whose sending began too long after a withdrawal was acknowledged. */
  readonly startedLate: readonly string[];
  readonly withdrawn: number;
  readonly sent: number;
  readonly lapsed: number;
  readonly suppressed: number;
}

const TICK_MS = 100;
const RACED = { channel: 'email', purpose: DEFAULT_PURPOSE };

/** Sends a campaign to customers who withdraw around the reservation of their message, under a clock of the test's own. */
export async function race(customers: readonly RacingCustomer[]): Promise<RaceResult> {
  let now = Date.parse('2026-11-23T10:00:00.000Z');
  const clock = (): number => now;
  const started = new Map<string, number>();
  const acknowledged = new Map<string, number>();
  const begun = new Map<string, Promise<void>>();
  const plans = new Map(customers.map((customer, index) => [people(customers.length)[index]?.id ?? '', customer]));
  const engine = await openCampaigns({
    clock,
    channel: () => Promise.resolve(watchedChannel(started, clock)),
    eventStore: racing,
  });

  async function say(customer: string, { by, grants }: RacingCustomer): Promise<void> {
    const at = isoInstant(clock());
    if (grants === 'before') await engine.people.say(customer, 'consent.granted', at);
    await withdraw(engine, customer, by);
    acknowledged.set(customer, clock());
    if (grants === 'after') await engine.people.say(customer, 'consent.granted', at);
  }

  function withdrawOnce(customer: string, plan: RacingCustomer): Promise<void> {
    const known = begun.get(customer) ?? say(customer, plan);
    begun.set(customer, known);
    return known;
  }

  function racing(store: EventStore): EventStore {
    return {
      ...store,
      async append(stream, expected, events) {
        const customer = stream.slice(stream.indexOf('.') + 1);
        const plan = plans.get(customer);
        if (events[0]?.type !== 'campaign.message_reserved' || plan === undefined) return store.append(stream, expected, events);
        if (plan.when === 'meanwhile') void withdrawOnce(customer, plan);
        const stored = await store.append(stream, expected, events);
        if (plan.when === 'behind') await withdrawOnce(customer, plan);
        now += plan.pauseMs;
        return stored;
      },
    };
  }

  const moving = setInterval(() => {
    now += TICK_MS;
    engine.deps.scheduler.check();
  }, 10);
  try {
    await engine.populate(people(customers.length));
    const runId = await engine.launch(await engine.defineCampaign());
    await Promise.all([...plans].flatMap(([id, plan]) => (plan.when === 'early' ? [withdrawOnce(id, plan)] : [])));
    await engine.untilRun(runId, 'completed');
    await Promise.all(begun.values());
    const { outcomes } = await engine.funnel(runId);
    const streams = await Promise.all([...plans.keys()].map(async (id) => [id, await streamOf(engine, id)] as const));
    return {
      reservedBehind: streams.filter(([, events]) => isReservedBehind(events)).map(([id]) => id),
      startedLate: [...started].filter(([id, at]) => at > (acknowledged.get(id) ?? Infinity) + LAPSE_MS).map(([id]) => id),
      withdrawn: acknowledged.size,
      sent: outcomes.sent,
      lapsed: streams.flatMap(([, events]) => events).filter(({ type }) => type === 'campaign.message_lapsed').length,
      suppressed: outcomes.suppressed,
    };
  } finally {
    clearInterval(moving);
    await engine.dispose();
  }
}

async function withdraw(
  { deps, module, people: said }: CampaignsUnderTest,
  customer_id: string,
  by: RacingCustomer['by'],
): Promise<void> {
  switch (by) {
    case 'link': {
      const key = await deps.vault.secret(WORKSPACE, 'unsubscribe');
      await module.unsubscribe.unsubscribe(makeUnsubscribeToken({ customer_id, ...RACED }, { workspace: WORKSPACE, key }));
      return;
    }
    case 'module':
      await said.say(customer_id, 'consent.withdrawn');
      return;
    case 'person': {
      const at = isoInstant(deps.clock());
      const about = { workspace: WORKSPACE, customerId: customer_id, ...RACED, via: 'desk', actor: 'key:k1', at };
      await recordConsent(deps, { ...about, state: 'withdrawn', isAlready: () => false });
    }
  }
}

function streamOf(engine: CampaignsUnderTest, customerId: string): Promise<readonly RecordedEvent[]> {
  return engine.stream(streamName('customer', WORKSPACE, customerId));
}

/** Nobody is granted anything at a later instant: whatever was withdrawn stays so. */
function isReservedBehind(events: readonly RecordedEvent[]): boolean {
  const withdrawn = events.findIndex(({ type }) => type === 'consent.withdrawn');
  return withdrawn !== -1 && events.slice(withdrawn).some(({ type }) => type === 'campaign.message_reserved');
}

/** A provider that takes everything, and notes when each message was begun. */
function watchedChannel(started: Map<string, number>, clock: () => number): Channel {
  return {
    name: 'watched',
    capabilities: { needs_https_unsubscribe: false, look_up: 'exact', recommended_concurrency: 64 },
    send({ customer_id, attempt_id }: OutgoingMessage) {
      started.set(customer_id, clock());
      return Promise.resolve({ kind: 'sent', provider: 'watched', provider_message_id: attempt_id });
    },
    lookUp: () => Promise.resolve({ kind: 'not_found' }),
    close: () => Promise.resolve(),
  };
}
