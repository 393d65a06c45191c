import { createHash, type Hash } from 'node:crypto';
import { BEFORE_FIRST, type Position } from '../../contracts/events/event.js';
import { EngineError } from '../../contracts/errors.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { createRunAppender } from './append-runs.js';
import { type PortableEvent, portableEvents, type WalkedLog } from './portable-event.js';

/** How many events a log holds, and the SHA-256 over all of them in their order. */
export interface LogDigest {
  readonly events: number;
  readonly sha256: string;
}

export interface CopyLogOptions {
  /** Aborts between two events; what was appended stays, and the next copy goes on behind it. */
  readonly signal: AbortSignal;
  /** How far the source is. */
  readonly onProgress: (place: bigint) => void;
  /** The target is read once more, to be compared: how many of how many events. */
  readonly onVerified: (done: number, total: number) => void;
}

/**
 * Copies a log, event by event in the same order. What the target holds already must be how the source begins; it is compared and left.
 * What was appended is read again and its hash compared. Errors: `copy_differs`, and those of the stores.
 */
export async function copyLog(
  source: AsyncIterable<PortableEvent>,
  target: WalkedLog & { readonly log: Pick<EventStore, 'append' | 'readAll'> },
  options: CopyLogOptions,
): Promise<LogDigest> {
  const hash = createHash('sha256');
  const there = portableEvents(target);
  const appender = createRunAppender(target);
  /** What both logs have in common so far; null once everything of the target was seen. */
  let common: { hash: Hash; events: number; end: Position } | null = null;
  let events = 0;
  let end = BEFORE_FIRST;
  for await (const event of source) {
    options.signal.throwIfAborted();
    if (common === null) {
      const found = await there.next();
      if (found.done === true) common = { hash: hash.copy(), events, end };
      else if (found.value.text !== event.text) throw differs(events);
      else end = found.value.place;
    }
    addTo(hash, event);
    if (common !== null) await appender.add(event, events);
    events += 1;
    options.onProgress(event.place);
  }
  await appender.flush();
  if (common === null) {
    if ((await there.next()).done !== true) throw differs(events);
    common = { hash: hash.copy(), events, end };
  }
  const digest = { events, sha256: hash.digest('hex') };
  await verify(target, common, { ...options, digest });
  return digest;
}

/** Adds an event to a hash over a log. */
export function addTo(hash: Hash, { text }: PortableEvent): void {
  hash.update(text).update('\n');
}

async function verify(
  target: WalkedLog,
  common: { readonly hash: Hash; readonly events: number; readonly end: Position },
  { digest, signal, onVerified }: CopyLogOptions & { readonly digest: LogDigest },
): Promise<void> {
  let { events } = common;
  for await (const event of portableEvents(target, { after: common.end, ordinal: events })) {
    signal.throwIfAborted();
    addTo(common.hash, event);
    events += 1;
    onVerified(events, digest.events);
  }
  if (events === digest.events && common.hash.digest('hex') === digest.sha256) return;
  throw new EngineError(
    'copy_differs',
    `Expected the copy to hold the ${String(digest.events)} events of its source, found ${events === digest.events ? 'as many, but not the same ones' : String(events)}; somebody else wrote into it: begin again with an empty target`,
    { details: { expected: digest.events, found: events } },
  );
}

function differs(event: number): EngineError {
  return new EngineError(
    'copy_differs',
    `Expected the target to hold nothing or the beginning of what is copied, found another event at place ${String(event)} of its log; begin again with an empty target`,
    { details: { event } },
  );
}
