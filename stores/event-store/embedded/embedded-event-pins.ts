import { EngineError } from '../../../contracts/errors.js';
import type { EventPin, EventPins } from '../event-pins.port.js';
import type { ReadClient } from './read-client.js';
import { isUuid } from './uuid-bytes.js';

/** Ids of one question to the reader thread: bounds how long others wait behind it. */
const IDS_A_QUERY = 1000;

/** Pins that are the log itself: it finds every id it holds and refuses (`event_id_taken`) to take one twice, so pinning does nothing. */
export function createEmbeddedEventPins(client: ReadClient): EventPins {
  async function lookUp(eventIds: readonly string[]): Promise<ReadonlyMap<string, EventPin>> {
    const ids = eventIds.filter(isUuid);
    const queries: Promise<readonly EventPin[]>[] = [];
    for (let from = 0; from < ids.length; from += IDS_A_QUERY) queries.push(pinsOf(client, ids.slice(from, from + IDS_A_QUERY)));
    const found = await Promise.all(queries);
    return new Map(found.flat().map((pin) => [pin.event_id, pin]));
  }

  return {
    lookUp,
    // The first of several pins for one id stands, as it would if each were inserted in turn.
    pin: (pins) => {
      const standing = new Map<string, EventPin>();
      for (const pin of pins) if (!standing.has(pin.event_id)) standing.set(pin.event_id, pin);
      return Promise.resolve(standing);
    },
  };
}

async function pinsOf(client: ReadClient, ids: readonly string[]): Promise<readonly EventPin[]> {
  const answer = await client.ask({ kind: 'pins', ids });
  if (answer.kind !== 'pins') throw new EngineError('internal', `Expected pins from the log's reader, found ${answer.kind}`);
  return answer.pins;
}
