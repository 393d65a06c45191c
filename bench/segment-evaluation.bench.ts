import { cpus } from 'node:os';
import type { DecodedEvent } from '../contracts/events/decoded-event.js';
import { profileId, type ProfileDocument } from '../contracts/read-models/profile.js';
import { combine } from '../domain/customer/combine.js';
import { parseRule } from '../domain/segment/parse-rule.js';
import { compileRule } from '../domain/segment/rule-program.js';
import { createProfilesProjection } from '../projections/profiles/profiles.projection.js';

const CUSTOMERS = 100_000;
const EVENTS_EACH = 15;
const HOUR = 3_600_000;
const now = { instant: Date.parse('2026-11-22T12:00:00.000Z'), zone: 'Asia/Jakarta' };
const cities = ['Bandung', 'Jakarta', 'Medan', 'Mumbai', 'Surabaya'];
const plans = ['basic', 'silver', 'gold'];

const projection = createProfilesProjection({
  zoneOf: () => now.zone,
  measuresOf: (type) => (type === 'order_created' ? [{ field: 'amount_minor', per: 'currency' }] : []),
});

const rules = {
  'one attribute': { type: 'attribute', field: 'city', op: 'eq', value: 'Mumbai' },
  'attribute and 30 days': {
    op: 'AND',
    rules: [
      { type: 'attribute', field: 'plan', op: 'eq', value: 'gold' },
      { type: 'behavior', event: 'order_created', op: 'did_event', within_days: 30 },
    ],
  },
  'two orders in 90 days': { type: 'behavior', event: 'order_created', op: 'did_event', within_days: 90, count_gte: 2 },
  '100 tests with windows': {
    op: 'AND',
    rules: Array.from({ length: 100 }, (_, index) => ({
      type: 'behavior',
      event: 'order_created',
      op: 'did_event',
      within_days: 300 + index,
      count_lte: 90,
    })),
  },
};

/** Numbers from 0 to 1, the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function eventsOf(customer: number, random: () => number): readonly DecodedEvent[] {
  const pick = (values: readonly string[]): string => values[Math.floor(random() * values.length)] ?? '';
  const facts = Array.from({ length: EVENTS_EACH }, (_, index) =>
    index === 0
      ? { type: 'customer.created', data: { city: pick(cities), plan: pick(plans), score: Math.floor(random() * 100) } }
      : { type: pick(['order_created', 'email_opened']), data: { amount_minor: Math.floor(random() * 9_999), currency: 'USD' } },
  );
  return facts.map(({ type, data }, revision) => {
    const at = new Date(now.instant - Math.floor(random() * 500 * 24) * HOUR).toISOString();
    const id = `${String(customer)}#${String(revision)}`;
    return {
      id,
      type,
      stream: { category: 'customer', workspace: 'w1', id: String(customer) },
      revision: BigInt(revision),
      position: BigInt(customer * EVENTS_EACH + revision),
      metadata: {
        workspace_id: 'w1',
        message_id: id,
        source: 'cdp',
        schema_version: 1,
        occurred_at: at,
        received_at: at,
        correlation_id: id,
        causation_id: id,
        actor: 'bench',
      },
      data,
      hashes: {},
      direct: {},
      erased: false,
    };
  });
}

function report(what: string, count: number, milliseconds: number): void {
  const rate = Math.round((count * 1000) / milliseconds).toLocaleString('en');
  console.log(`${what.padEnd(60)}${`${milliseconds.toFixed(0)} ms`.padStart(10)}${`${rate}/s`.padStart(16)}`);
}

function timed<Result>(what: string, count: number, work: () => Result): Result {
  const start = performance.now();
  const result = work();
  report(what, count, performance.now() - start);
  return result;
}

console.log(
  `${String(CUSTOMERS)} customers, ${String(EVENTS_EACH)} events each; ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}\n`,
);

const random = seeded(7);
let folding = 0;
const profiles = Array.from({ length: CUSTOMERS }, (_, customer) => {
  const log = eventsOf(customer, random);
  const start = performance.now();
  const key = profileId('w1', String(customer));
  const profile = log.reduce<ProfileDocument | null>((folded, event) => projection.evolve(folded, event, key), null);
  folding += performance.now() - start;
  return profile;
}).filter((profile) => profile !== null);
report('fold into profiles (events)', CUSTOMERS * EVENTS_EACH, folding);

for (const [name, json] of Object.entries(rules)) {
  const program = compileRule(parseRule(json, { hashOf: () => null }));
  const members = timed(`evaluate: ${name}`, profiles.length, () => profiles.filter(program.predicateAt(now))).length;
  timed(`  next due instants (${members.toLocaleString('en')} members)`, profiles.length, () => {
    for (const profile of profiles) program.nextDue(profile, now);
  });
  timed('  explain every part', profiles.length, () => {
    for (const profile of profiles) program.explain(profile, now);
  });
}

timed('combine pairs', profiles.length - 1, () => {
  profiles.reduce((other, profile) => {
    combine(other, profile);
    return profile;
  });
});
