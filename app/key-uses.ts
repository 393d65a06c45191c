import type { KeyUses, Principal } from '../api/credentials.port.js';
import type { JsonObject } from '../contracts/json.js';
import { isoInstant, type Clock } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import type { Alarm, Scheduler } from '../runtime/scheduler.js';
import type { DocumentStore } from '../stores/document-store/document-store.port.js';

const COLLECTION = 'key-uses';
const EVERY_MS = 60_000;
/** A key that was not used for so long is as good as never used. */
const KEEP_MS = 400 * 86_400_000;
const PAGE = 1_000;

export interface KeyUsesOptions {
  readonly documents: DocumentStore;
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * When each key was last used: noted in memory, written once a minute. Use is no event and changes nothing that is derived from events, so
 * a crash loses what was noted in its last minute, and no request waits for a write.
 */
export async function openKeyUses(options: KeyUsesOptions): Promise<KeyUses & { stop(): Promise<void> }> {
  const { documents, scheduler, clock, logger } = options;
  await documents.ensureCollection(COLLECTION, []);
  let noted = new Map<Principal, number>();
  let round: Promise<void> = Promise.resolve();
  let alarm: Alarm;

  async function write(id: string, at: string): Promise<void> {
    const held = await documents.get(COLLECTION, id);
    // Another process may have noted a later use.
    if (held !== null && held.body !== null && instantIn(held.body) >= at) return;
    const position = held === null ? 0n : held.position + 1n;
    const expected = held === null ? ('none' as const) : held.position;
    await documents.put(COLLECTION, [{ id, expected, position, body: { at }, expires_at: clock() + KEEP_MS }]);
  }
  async function flush(): Promise<void> {
    const uses = latest(noted);
    noted = new Map();
    for (const [id, at] of uses) await write(id, at);
  }
  const settle = (): Promise<void> =>
    (round = round.then(flush).catch((error: unknown) => {
      logger.warn('key_uses_not_written', { reason: error instanceof Error ? error.name : typeof error });
    }));
  const next = (): Alarm =>
    scheduler.at(clock() + EVERY_MS, () => {
      void settle();
      alarm = next();
    });
  alarm = next();

  return {
    note: (principal) => void noted.set(principal, clock()),
    async of(workspace) {
      const { documents: stored } = await documents.find(COLLECTION, { idPrefix: `${workspace}/`, limit: PAGE });
      const known = new Map(stored.map(({ id, body }) => [id, instantIn(body)]));
      for (const [id, at] of latest(noted)) known.set(id, at);
      const own = [...known].filter(([id]) => id.startsWith(`${workspace}/`));
      return new Map(own.map(([id, at]) => [id.slice(workspace.length + 1), at]));
    },
    stop: () => {
      alarm.cancel();
      return settle();
    },
  };
}

/** Principals of one key, which is looked up again and again, count as one. */
function latest(noted: ReadonlyMap<Principal, number>): ReadonlyMap<string, string> {
  const uses = new Map<string, string>();
  // In the order of first uses: a later principal of a key has the later use.
  for (const [{ workspace, key_id: keyId }, at] of noted) uses.set(`${workspace}/${keyId}`, isoInstant(at));
  return uses;
}

function instantIn({ at }: JsonObject): string {
  return typeof at === 'string' ? at : '';
}
