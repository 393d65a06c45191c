import { expect } from '@jest/globals';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { parseStreamName } from '../../contracts/events/streams.js';
import { ask } from './engine-calls.js';
import type { EngineChild } from './engine-child.js';
import type { Acknowledged } from './event-driver.js';

/** Every acknowledged event is in the log once, where its receipt says, and nothing else of the source is. */
export function expectAcknowledgedOnce(log: readonly RecordedEvent[], acknowledged: ReadonlyMap<string, Acknowledged>): void {
  const pushed = log.filter(({ metadata, stream }) => metadata.source === 'owner' && stream.startsWith('customer-'));
  const found = pushed.map(({ id, type, stream, metadata }) => [metadata.message_id, type, id, parseStreamName(stream)?.id]);
  const receipts = [...acknowledged.values()].map(({ event, eventId, customerId }) => [
    event.message_id,
    event.type,
    eventId,
    customerId,
  ]);
  expect(found.sort(byFirst)).toEqual(receipts.sort(byFirst));
}

/** Each identifier was claimed once, and events that name nothing but an address are all with the owner of that address. */
export function expectOneOwnerEach(log: readonly RecordedEvent[], acknowledged: ReadonlyMap<string, Acknowledged>): void {
  const claims = log.filter(({ type }) => type === 'identity.claimed');
  expect(claims.length).toBe(new Set(claims.map(({ stream }) => stream)).size);
  const owners = new Map<string, Set<string>>();
  for (const { event, customerId } of acknowledged.values()) {
    const { qontak_customer_id: named, identifiers } = event.customer;
    if (named !== undefined) expect(customerId).toBe(named);
    else if (identifiers !== undefined)
      owners.set(identifiers.email, (owners.get(identifiers.email) ?? new Set()).add(customerId));
  }
  expect([...owners].filter(([, of]) => of.size > 1)).toEqual([]);
}

/** The read models hold what building them anew gives (all of them, where none is named), and count what was acknowledged. */
export async function expectReadModelsToAddUp(
  engine: EngineChild,
  acknowledged: ReadonlyMap<string, Acknowledged>,
  { position, verified }: { readonly position: string; readonly verified?: readonly string[] },
): Promise<void> {
  const { data: projections } = await ask<{ data: { name: string }[] }>(engine, 'GET /v1/projections');
  for (const name of verified ?? projections.map((one) => one.name)) {
    const found = await ask<object>(engine, `POST /v1/projections/${name}/verify`);
    expect({ name, ...found }).toMatchObject({ name, equal: true, differing: [] });
  }
  const path = `GET /v1/ingest/statistics?min_position=${position}` as const;
  const { data } = await ask<{ data: { type: string; total: number }[] }>(engine, path);
  const counted = Object.fromEntries(data.map(({ type, total }) => [type, total]));
  const sent: Record<string, number> = {};
  for (const { event } of acknowledged.values()) sent[event.type] = (sent[event.type] ?? 0) + 1;
  expect(counted).toEqual(sent);
}

function byFirst(one: readonly unknown[], other: readonly unknown[]): number {
  return String(one[0]).localeCompare(String(other[0]));
}
