import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Channel, LookUpOutcome, LookUpQuery, OutgoingMessage, SendOutcome } from '../channel.port.js';
import { createInFlight } from '../in-flight.js';
import { createSharedSync } from './folder-sync.js';
import { forgetMessages } from './forget-messages.js';
import { readMessageId, systemErrorCode } from './outbox-files.js';
import { sentOutcome } from './outbox-messages.js';
import { messageFile, runFolder, temporaryFolder, workspaceFolder } from './outbox-paths.js';
import { createOutboxThread } from './outbox-thread.js';

/** Where the outbox writes, and what time it is. */
export interface OutboxOptions {
  readonly folder: string;
  readonly clock: () => number;
}

/**
 * The channel that writes messages as `.eml` files, `<folder>/<workspace>/<run>/<customer>.eml`. A file under that name is the proof that the
 * message was sent, and it is durable before `sent` is answered; so a look-up is exact, and a second send for the same (run, customer) is
 * `sent` without writing. Removes what a crash left half-written. One process at a time.
 */
export async function openOutbox({ folder, clock }: OutboxOptions): Promise<Channel> {
  const temporary = temporaryFolder(folder);
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  await Promise.all((await readdir(temporary)).map((file) => rm(join(temporary, file), { force: true })));
  const shareSync = createSharedSync();
  const thread = createOutboxThread({ folder, clock });
  const inFlight = createInFlight();

  async function send(message: OutgoingMessage): Promise<SendOutcome> {
    const written = await thread.write(message);
    if (written.kind !== 'taken') return written;
    const before = await lookUp(message);
    return before.kind === 'not_found' ? { kind: 'unknown', reason: 'the file of the message is gone' } : before;
  }

  async function lookUp({ workspace, run_id, customer_id }: LookUpQuery): Promise<LookUpOutcome> {
    const run = runFolder(folder, workspace, run_id);
    try {
      const messageId = await readMessageId(join(run, messageFile(customer_id)));
      if (messageId === null) return { kind: 'not_found' };
      await shareSync(run);
      return sentOutcome(messageId);
    } catch (error) {
      return { kind: 'unknown', reason: `the outbox cannot be read: ${systemErrorCode(error)}` };
    }
  }

  return {
    name: 'outbox',
    capabilities: { needs_https_unsubscribe: false, look_up: 'exact', recommended_concurrency: 64 },
    prepare: () => thread.start(),
    send: (message) => inFlight.track(send(message)),
    lookUp: (query) => inFlight.track(lookUp(query)),
    forget: (workspace, customers) => inFlight.track(forgetMessages(workspaceFolder(folder, workspace), customers)),
    async close() {
      await inFlight.settled();
      await thread.close();
    },
  };
}
