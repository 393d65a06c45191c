import { expect } from '@jest/globals';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { parseStreamName } from '../../contracts/events/streams.js';
import { ask, askAll } from './engine-calls.js';
import type { EngineChild } from './engine-child.js';
import type { Acknowledged } from './event-driver.js';

/** What plain code knows of a customer. */
interface Known {
  readonly city: string;
  readonly orders: number;
}

const orders = (count: number) => ({
  type: 'behavior',
  event: 'order_created',
  op: 'did_event',
  within_days: 30,
  count_gte: count,
});
const city = (value: string) => ({ type: 'attribute', field: 'city', op: 'eq', value });

/** Rules, and the same in plain code. */
const segments = {
  bought: { rule: orders(1), holds: (known: Known) => known.orders >= 1 },
  regular: { rule: orders(5), holds: (known: Known) => known.orders >= 5 },
  jakarta: { rule: city('Jakarta'), holds: (known: Known) => known.city === 'Jakarta' },
  bandung_new: {
    rule: { op: 'AND', rules: [city('Bandung'), { op: 'NOT', rules: [orders(3)] }] },
    holds: (known: Known) => known.city === 'Bandung' && known.orders < 3,
  },
} as const;

type Name = keyof typeof segments;

/** The ids of the segments by their names. */
export type SegmentIds = Readonly<Record<Name, string>>;

/** Makes the segments. */
export async function defineSegments(engine: EngineChild): Promise<SegmentIds> {
  const ids: Partial<Record<Name, string>> = {};
  for (const [name, { rule }] of Object.entries(segments)) {
    const { segment_id } = await ask<{ segment_id: string }>(engine, 'POST /v1/segments', { name, rule });
    ids[name as Name] = segment_id; // a key of `segments`
  }
  return ids as SegmentIds; // all of them by now
}

/** Who is in each segment when everything up to the position is included. */
export async function membersOf(
  engine: EngineChild,
  ids: SegmentIds,
  position: string,
): Promise<ReadonlyMap<Name, readonly string[]>> {
  const members = new Map<Name, readonly string[]>();
  for (const [name, id] of Object.entries(ids)) {
    const path = `/v1/segments/${id}/members?limit=1000&min_position=${position}&wait_ms=30000`;
    const found = await askAll<{ qontak_customer_id: string }>(engine, path);
    members.set(
      name as Name, // a key of SegmentIds
      found.map(({ qontak_customer_id }) => qontak_customer_id),
    );
    const { member_count } = await ask<{ member_count: number }>(engine, `GET /v1/segments/${id}?min_position=${position}`);
    expect({ name, member_count }).toEqual({ name, member_count: found.length });
  }
  return members;
}

/** Members are those whom plain code finds in the acknowledged events, and nobody was moved twice. */
export function expectMembers(
  members: ReadonlyMap<Name, readonly string[]>,
  log: readonly RecordedEvent[],
  { acknowledged, ids }: { readonly acknowledged: ReadonlyMap<string, Acknowledged>; readonly ids: SegmentIds },
): void {
  const customers = knownCustomers(log, acknowledged);
  for (const [name, { holds }] of Object.entries(segments)) {
    const expected = [...customers].filter(([, known]) => holds(known)).map(([id]) => id);
    expect({ name, members: [...(members.get(name as Name) ?? [])].sort() }).toEqual({ name, members: expected.sort() });
    expectMovedOnce(log, ids[name as Name]);
  }
}

function knownCustomers(
  log: readonly RecordedEvent[],
  acknowledged: ReadonlyMap<string, Acknowledged>,
): ReadonlyMap<string, Known> {
  const customers = new Map<string, Known & { readonly since: string }>();
  for (const { stream, type, metadata } of log) {
    const sent = acknowledged.get(metadata.message_id);
    if (sent === undefined || type !== sent.event.type) continue;
    const id = parseStreamName(stream)?.id ?? '';
    const { city: before, orders: count, since } = customers.get(id) ?? { city: '', orders: 0, since: '' };
    const named = sent.event.properties['city'];
    // Of two requests at once the one received later may stand earlier in the log; what happened later counts.
    const isNewer = typeof named === 'string' && metadata.occurred_at >= since;
    customers.set(id, {
      city: isNewer ? named : before,
      since: isNewer ? metadata.occurred_at : since,
      orders: count + (type === 'order_created' ? 1 : 0),
    });
  }
  return customers;
}

/** In the order of the log, nobody comes in who is in, or goes out who is out. */
function expectMovedOnce(log: readonly RecordedEvent[], segmentId: string): void {
  const inside = new Set<string>();
  const twice: string[] = [];
  const enter = (id: string): unknown => (inside.has(id) ? twice.push(`${id} entered again`) : inside.add(id));
  const exit = (id: string): unknown => (inside.delete(id) ? undefined : twice.push(`${id} exited again`));
  for (const { stream, type, data } of log) {
    const { category, id = '' } = parseStreamName(stream) ?? {};
    if (category === 'segment' && id === segmentId && type === 'segment.evaluated') {
      // Lists of customer ids, by the contract.
      for (const customer of data.plain['entered'] as readonly string[]) enter(customer);
      for (const customer of data.plain['exited'] as readonly string[]) exit(customer);
    }
    if (category !== 'customer' || data.plain['segment'] !== segmentId) continue;
    if (type === 'segment.entered') enter(id);
    if (type === 'segment.exited') exit(id);
  }
  expect({ segmentId, twice }).toEqual({ segmentId, twice: [] });
}
