import { randomUUID } from 'node:crypto';
import { EngineError, isEngineError } from '../../../contracts/errors.js';
import type { NewEvent } from '../../../contracts/events/event.js';
import type { Append } from './appends.js';
import { readStreamPage } from './read-pages.js';
import type { Session } from './session.js';
import { identityStream } from './wire-events.js';

/** The id of the log: written into it by the first engine that opens it, read by all others. */
export async function storeIdentity(session: Session, append: Append): Promise<string> {
  const known = await readIdentity(session);
  if (known !== null) return known;
  try {
    await append(identityStream, 'no_stream', [identityEvent()]);
  } catch (error) {
    if (!isEngineError(error, 'wrong_expected_revision')) throw error;
  }
  const stored = await readIdentity(session);
  if (stored !== null) return stored;
  throw new EngineError(
    'corrupt_event',
    `Expected the identity of the log in ${identityStream} at ${session.address}, found none`,
  );
}

async function readIdentity(session: Session): Promise<string | null> {
  const [first] = await readStreamPage(session, { stream: identityStream, backwards: false, from: undefined, count: 1 });
  return first?.id ?? null;
}

/** Its id is the identity: an event needs one that no other has. */
function identityEvent(): NewEvent {
  const id = randomUUID();
  const now = new Date().toISOString();
  return {
    id,
    type: 'store.identified',
    data: { plain: {}, hashes: {}, sealed: [] },
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
