import { isEngineError } from '../../../contracts/errors.js';
import type { NewEvent, RecordedEvent } from '../../../contracts/events/event.js';
import type { StoredAt } from '../event-store.port.js';
import type { Append } from './appends.js';
import type { HeadCache } from './head-cache.js';
import { readStreamPage } from './read-pages.js';
import type { Session } from './session.js';

const PAGE = 512;

/** What appending once works with. */
export interface OnceParts {
  readonly session: Session;
  readonly heads: HeadCache;
  readonly append: Append;
}

/** Reads behind `after`, leaves out what is there, appends the rest at exactly the head that was read; again when another writer was faster. */
export async function appendOnce(
  parts: OnceParts,
  stream: string,
  more: { after: bigint; events: readonly NewEvent[] },
): Promise<readonly StoredAt[]> {
  const { session, heads, append } = parts;
  const { after, events } = more;
  const found = new Map<string, StoredAt>();
  /** Everything up to here was looked at. */
  let seen = after;
  for (;;) {
    const known = heads.get(stream);
    const head = known !== undefined && known <= seen ? known : await readBehind();
    const fresh = events.filter(
      (event, index) => !found.has(event.id) && events.findIndex(({ id }) => id === event.id) === index,
    );
    if (fresh.length > 0) {
      try {
        for (const stored of await appendFresh(head, fresh)) found.set(stored.id, stored);
      } catch (error) {
        heads.forget(stream);
        if (!isEngineError(error, 'wrong_expected_revision')) throw error;
        continue;
      }
    }
    return answers();
  }

  /** Notes where events stand behind what was seen, and answers the head. */
  async function readBehind(): Promise<bigint> {
    let last: RecordedEvent | undefined;
    for (;;) {
      const page = await readStreamPage(session, { stream, backwards: false, from: seen + 1n, count: PAGE });
      for (const { id, revision, position } of page)
        if (!found.has(id)) found.set(id, { id, revision, position, duplicate: true });
      last = page.at(-1) ?? last;
      if (last !== undefined) seen = last.revision;
      if (page.length < PAGE) break;
    }
    const [head] =
      last === undefined ? await readStreamPage(session, { stream, backwards: true, from: undefined, count: 1 }) : [last];
    return head?.revision ?? -1n;
  }

  async function appendFresh(head: bigint, fresh: readonly NewEvent[]): Promise<readonly StoredAt[]> {
    const { revision, position } = await append(stream, head < 0n ? 'no_stream' : head, fresh);
    heads.set(stream, revision);
    const [only] = fresh;
    if (fresh.length === 1 && only !== undefined) return [{ id: only.id, revision, position, duplicate: false }];
    // An append answers where its last event stands; only the log knows where the others do.
    const first = revision - BigInt(fresh.length) + 1n;
    const stored: StoredAt[] = [];
    while (stored.length < fresh.length) {
      const from = first + BigInt(stored.length);
      const page = await readStreamPage(session, {
        stream,
        backwards: false,
        from,
        count: Math.min(PAGE, fresh.length - stored.length),
      });
      if (page.length === 0) break;
      for (const event of page)
        stored.push({ id: event.id, revision: event.revision, position: event.position, duplicate: false });
    }
    return stored;
  }

  function answers(): readonly StoredAt[] {
    const given = new Set<string>();
    return events.map((event) => {
      const at = found.get(event.id) ?? { id: event.id, revision: -1n, position: -1n, duplicate: true };
      const again = given.has(event.id);
      given.add(event.id);
      return again ? { ...at, duplicate: true } : at;
    });
  }
}
