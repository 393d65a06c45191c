import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { DocumentWrite } from '../../stores/document-store/document-store.port.js';
import type { Clock } from '../clock.js';
import type { Projection } from '../projection.js';
import type { Loaded } from './document-cache.js';
import type { Failure } from './failure.js';
import { pointAt, type KeyGroup } from './groups.js';

/** What became of one key. */
export interface Folded {
  /** Absent when nothing changed. */
  readonly write?: DocumentWrite;
  /** The event that could not be folded; those before it are in `write`, those behind it are not. */
  readonly failure?: Failure;
}

/** Called for each event that is folded. */
export type OnFolded = (before: JsonObject | null, after: JsonObject | null, item: KeyGroup['events'][number]) => void;

const TOMBSTONE_DAYS = 30;

/** Folds a key's events, those behind its document's position, in order; stops at the first that throws. */
export function foldKey(
  projection: Projection<JsonObject>,
  group: KeyGroup,
  options: { readonly loaded: Loaded; readonly clock: Clock; readonly onFolded?: OnFolded | undefined },
): Folded {
  const { loaded, onFolded } = options;
  let body = loaded.body;
  let last: DecodedEvent | undefined;
  let failure: Failure | undefined;
  for (const item of group.events) {
    if (loaded.position !== 'none' && item.event.position <= loaded.position) continue;
    try {
      const after = projection.evolve(body, item.event, group.key, item.shared);
      onFolded?.(body, after, item);
      body = after;
      last = item.event;
    } catch (error) {
      failure = { key: group.key, event: pointAt(item.event), error };
      break;
    }
  }
  const write =
    last === undefined || body === loaded.body ? undefined : writeOf(group.key, last, { body, loaded, clock: options.clock });
  return { ...(write === undefined ? {} : { write }), ...(failure === undefined ? {} : { failure }) };
}

function writeOf(
  id: string,
  last: DecodedEvent,
  { body, loaded, clock }: { readonly body: JsonObject | null; readonly loaded: Loaded; readonly clock: Clock },
): DocumentWrite {
  const write = { id, expected: loaded.position, position: last.position, body };
  // What was erased must stay gone, whatever comes late; other tombstones may be forgotten.
  if (body !== null || last.type === 'customer.erased') return write;
  return { ...write, expires_at: clock() + TOMBSTONE_DAYS * 86_400_000 };
}
