import { randomUUID } from 'node:crypto';
import { EngineError, isEngineError } from '../../../contracts/errors.js';
import type { NewEvent, RecordedEvent } from '../../../contracts/events/event.js';
import type { Append } from './appends.js';
import { readStreamPage } from './read-pages.js';
import type { Session } from './session.js';
import { identityStream } from './wire-events.js';

/** What stands in the stream of the identity: who the log is, and behind that when copies of other logs began and were finished. */
export type IdentityEventType = 'store.identified' | 'store.copy_begun' | 'store.copy_finished';

/** More than there will ever be: a log becomes a copy at most once. */
const IDENTITY_EVENTS = 64;

/**
 * The id of the log: written into it by the first engine that opens it, read by all others. A log that holds part of a copy is refused
 * (`copy_unfinished`) unless it is opened to go on with it.
 */
export async function storeIdentity(session: Session, append: Append, unfinished: 'refused' | 'accepted'): Promise<string> {
  const known = await readIdentity(session, unfinished);
  if (known !== null) return known;
  try {
    await append(identityStream, 'no_stream', [identityEvent('store.identified')]);
  } catch (error) {
    if (!isEngineError(error, 'wrong_expected_revision')) throw error;
  }
  const stored = await readIdentity(session, unfinished);
  if (stored !== null) return stored;
  throw new EngineError(
    'corrupt_event',
    `Expected the identity of the log in ${identityStream} at ${session.address}, found none`,
  );
}

async function readIdentity(session: Session, unfinished: 'refused' | 'accepted'): Promise<string | null> {
  const events = await readStreamPage(session, {
    stream: identityStream,
    backwards: false,
    from: undefined,
    count: IDENTITY_EVENTS,
  });
  const of = unfinishedCopyOf(events);
  if (of === null || unfinished === 'accepted') return events[0]?.id ?? null;
  throw new EngineError(
    'copy_unfinished',
    `Expected a whole log at ${session.address}, found part of a copy of the log ${of}; run the same cebe restore or cebe migrate again: it goes on where it was cut off`,
    { details: { log: of } },
  );
}

/** The id of the log of which the events of the identity say that only a part was copied; null when they do not. */
export function unfinishedCopyOf(events: readonly RecordedEvent[]): string | null {
  const last = events.at(-1);
  if (last?.type !== 'store.copy_begun') return null;
  const { of } = last.data.plain;
  return typeof of === 'string' ? of : 'unknown';
}

/** Its id is the identity, for the first one: an event needs an id that no other has. */
export function identityEvent(type: IdentityEventType, plain: Readonly<Record<string, string>> = {}): NewEvent {
  const id = randomUUID();
  const now = new Date().toISOString();
  return {
    id,
    type,
    data: { plain, hashes: {}, sealed: [] },
    metadata: {
      workspace_id: 'cebe',
      message_id: id,
      source: 'cebe',
      schema_version: 1,
      occurred_at: now,
      received_at: now,
      correlation_id: id,
      causation_id: id,
      actor: 'engine',
    },
  };
}
