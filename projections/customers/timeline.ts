import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { Json } from '../../contracts/json.js';
import type { Disclosure, TimelineEntry, TimelinePage, TimelinePlace } from '../../contracts/read-models/customers.port.js';
import { maskValue } from '../../domain/identity/masking.js';
import { ownValue } from '../../domain/own-value.js';
import type { Decoder } from '../../runtime/decode.js';
import type { DirectValues } from '../../runtime/direct-values.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { customerSubject } from '../../stores/vault/subjects.js';
import { wireProperties } from './wire-money.js';

export interface TimelineDeps {
  readonly eventStore: EventStore;
  readonly decoder: Decoder;
  readonly direct: DirectValues;
}

export interface TimelineQuestion {
  readonly workspace: string;
  /** Everyone who is the same person. */
  readonly members: readonly string[];
  /** The page before ended here. */
  readonly before?: TimelinePlace;
  readonly limit: number;
  readonly disclosure: Disclosure;
}

/** Of how many streams a place remembers how far they were read; those of more are read from their ends. */
const REMEMBERED = 16;

/**
 * A backward read of the customers' streams, newest first by where events stand in the log: upcast, opened, and masked unless personal values
 * may be revealed. A page goes on behind the one before it whatever is merged, parted or appended meanwhile.
 */
export async function readTimeline(deps: TimelineDeps, question: TimelineQuestion): Promise<TimelinePage> {
  const { members, limit } = question;
  const streams = await Promise.all(members.map((id) => newestOf(deps, id, question)));
  const all = streams.flat().sort((a, b) => (a.event.position > b.event.position ? -1 : 1));
  const page = all.slice(0, limit);
  const isMore = all.length > limit || streams.some((events) => events.length >= limit && events.at(-1)?.event.revision !== 0n);
  const decoded = await deps.decoder.decode(
    page.map(({ event }) => event),
    { opensQuasi: true },
  );
  const entries = decoded.map(async (result, index): Promise<TimelineEntry> => {
    const id = page[index]?.id ?? '';
    if (!result.ok) return { ...headOf(result.recorded, id), properties: {} };
    return entryOf(result.event, id, await openedDirect(deps, result.event, { ...question, id }));
  });
  return { entries: await Promise.all(entries), next: isMore ? placeBehind(page, question) : null };
}

interface Placed {
  readonly id: string;
  readonly event: RecordedEvent;
}

async function newestOf(deps: TimelineDeps, id: string, question: TimelineQuestion): Promise<readonly Placed[]> {
  const { workspace, before, limit } = question;
  const below = before && ownValue(before.revisions, id);
  if (below === '0') return [];
  const found: Placed[] = [];
  const stream = streamName('customer', workspace, id);
  const known = below === undefined ? {} : { from: BigInt(below) - 1n };
  const isExact = before === undefined || below !== undefined;
  for await (const event of deps.eventStore.readStream(stream, {
    direction: 'backwards',
    ...known,
    ...(isExact ? { limit } : {}),
  })) {
    if (before === undefined || event.position < BigInt(before.position)) found.push({ id, event });
    if (found.length === limit) break;
  }
  return found;
}

function placeBehind(page: readonly Placed[], { members, before }: TimelineQuestion): TimelinePlace | null {
  const last = page.at(-1);
  if (last === undefined) return null;
  const revisions: Record<string, string> = {};
  for (const id of members.slice(0, REMEMBERED)) {
    const shown = page.findLast((placed) => placed.id === id)?.event.revision.toString() ?? before?.revisions[id];
    if (shown !== undefined) revisions[id] = shown;
  }
  return { position: last.event.position.toString(), revisions };
}

async function openedDirect(
  deps: TimelineDeps,
  event: DecodedEvent,
  question: TimelineQuestion & { readonly id: string },
): Promise<Readonly<Record<string, Json>>> {
  const fields = Object.entries(event.direct);
  if (fields.length === 0) return {};
  const owner = { workspace: question.workspace, subject: customerSubject(question.id) };
  const values = await deps.direct.openDirect(
    fields.map(([, reference]) => reference),
    owner,
  );
  return Object.fromEntries(
    fields.flatMap(([field], index) => {
      const value = values[index];
      return value === undefined ? [] : [[field, question.disclosure === 'revealed' ? value : maskValue(value)] as const];
    }),
  );
}

function entryOf(event: DecodedEvent, id: string, direct: Readonly<Record<string, Json>>): TimelineEntry {
  return {
    ...headOf(event, id),
    properties: wireProperties({ ...event.data, ...direct }),
    ...(event.erased ? { erased: true } : {}),
  };
}

function headOf(
  event: Pick<DecodedEvent, 'id' | 'type' | 'revision' | 'metadata'>,
  id: string,
): Omit<TimelineEntry, 'properties'> {
  const { occurred_at, received_at, source, message_id } = event.metadata;
  return {
    event_id: event.id,
    type: event.type,
    qontak_customer_id: id,
    revision: String(event.revision),
    occurred_at,
    received_at,
    source,
    message_id,
  };
}
