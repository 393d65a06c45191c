import type { RecordedEvent } from '../../../contracts/events/event.js';
import { batchedIterable, type BatchSource } from '../batched-iterable.js';
import type { ReadAllOptions, ReadStreamOptions } from '../event-store.port.js';
import { CatchUpSubscription } from './catch-up-subscription.js';
import { readAllPage, readHead, readStreamPage } from './read-pages.js';
import type { Session } from './session.js';
import { isEngineEvent, recorded } from './wire-events.js';

const PAGE = 512;

/** Reads a stream in either direction, page by page, one page ahead of the reader. */
export function readStreamEvents(session: Session, stream: string, options: ReadStreamOptions): AsyncIterable<RecordedEvent> {
  const backwards = options.direction === 'backwards';
  return batchedIterable(() => {
    let left = options.limit ?? Number.MAX_SAFE_INTEGER;
    let ahead = left > 0 ? read(options.from) : null;

    function read(from: bigint | undefined): Promise<readonly RecordedEvent[]> {
      const page = readStreamPage(session, { stream, backwards, from, count: Math.min(left, PAGE) });
      // Whoever pulls next sees the error; if nobody does, it concerns nobody.
      page.catch(() => undefined);
      return page;
    }

    return {
      async next() {
        if (ahead === null) return null;
        const events = await ahead;
        const last = events.at(-1);
        const full = events.length === Math.min(left, PAGE);
        left -= events.length;
        ahead = last === undefined || !full || left <= 0 ? null : read(backwards ? last.revision - 1n : last.revision + 1n);
        return events;
      },
      close: () => (ahead = null),
    };
  });
}

/** Reads all events up to what is stored when the reading begins. */
export function readAllEvents(session: Session, options: ReadAllOptions): AsyncIterable<RecordedEvent> {
  return batchedIterable(() =>
    limited(options.categories === undefined ? pagesOfAll(session, options.after) : filtered(session, options), options.limit),
  );
}

function limited(source: BatchSource<RecordedEvent>, limit = Number.MAX_SAFE_INTEGER): BatchSource<RecordedEvent> {
  let left = limit;
  return {
    async next() {
      if (left <= 0) return null;
      const events = await source.next();
      if (events === null || events.length <= left) {
        left -= events?.length ?? 0;
        return events;
      }
      const rest = events.slice(0, left);
      left = 0;
      return rest;
    },
    close: () => {
      source.close();
    },
  };
}

function pagesOfAll(session: Session, after: bigint): BatchSource<RecordedEvent> {
  let until: bigint | undefined;
  let position = after;
  return {
    async next() {
      until ??= await readHead(session);
      if (position >= until) return null;
      // A read is inclusive: the page begins with the last event of the one before.
      const page = await readAllPage(session, position, PAGE);
      const last = until;
      const engine = page.filter(isEngineEvent).map(({ event }) => recorded(event));
      const events = engine.filter((event) => event.position > position && event.position <= last);
      const end = page.at(-1)?.event?.position.commit;
      position = page.length < PAGE || end === undefined || end <= position ? until : end;
      return events;
    },
    close: () => undefined,
  };
}

/** The client's reads take no filter; a subscription does, and is left when it has passed where the log ended. */
function filtered(session: Session, { after, categories }: ReadAllOptions): BatchSource<RecordedEvent> {
  const subscription = new CatchUpSubscription(session, {
    after,
    ...(categories !== undefined && { categories }),
    signal: session.closed,
  });
  let until: bigint | undefined;
  let over = false;
  return {
    async next() {
      session.assertOpen();
      until ??= await readHead(session);
      if (over || after >= until) return null;
      const messages = await subscription.next();
      if (messages === null) return null;
      const last = until;
      over = messages.some((message) => (message.kind === 'event' ? message.event.position : message.position) >= last);
      return messages.flatMap((message) => (message.kind === 'event' && message.event.position <= last ? [message.event] : []));
    },
    close: () => {
      subscription.close();
    },
  };
}
