import { link, mkdir, readdir, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type {
  Channel,
  LookUpOutcome,
  LookUpQuery,
  OutgoingMessage,
  RefusedOutcome,
  SendOutcome,
  SentOutcome,
} from '../channel.port.js';
import { createInFlight } from '../in-flight.js';
import { envelopeOf, type Envelope } from '../mail-headers.js';
import { composeEml, emlMessageId } from './compose-eml.js';
import { createSharedSync } from './folder-sync.js';
import { readMessageId, systemErrorCode, writeDurably } from './outbox-files.js';
import { encodeFileName, messageFile, runFolder, temporaryFolder } from './outbox-paths.js';

/** Where the outbox writes, and what time it is. */
export interface OutboxOptions {
  readonly folder: string;
  readonly clock: () => number;
}

const MAX_KNOWN_FOLDERS = 1_000;

function sent(messageId: string): SentOutcome {
  return { kind: 'sent', provider: 'outbox', provider_message_id: messageId };
}

function notWritten(error: unknown): RefusedOutcome {
  const code = systemErrorCode(error);
  const reason = `the file of the message could not be written: ${code}`;
  return { kind: 'refused', permanence: 'temporary', code: `outbox_${code.toLowerCase()}`, reason };
}

/** `linked`, or `taken` when the name exists already: then its message was sent before. */
async function claimName(draft: string, target: string): Promise<'linked' | 'taken'> {
  try {
    await link(draft, target);
    return 'linked';
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return 'taken';
    throw error;
  }
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
  const known = new Set<string>();
  const inFlight = createInFlight();

  async function ensureFolder(path: string): Promise<void> {
    if (known.has(path)) return;
    await mkdir(path, { recursive: true, mode: 0o700 });
    await shareSync(dirname(path));
    await shareSync(folder);
    if (known.size >= MAX_KNOWN_FOLDERS) known.clear();
    known.add(path);
  }

  async function write(message: OutgoingMessage, envelope: Envelope): Promise<SendOutcome> {
    const run = runFolder(folder, message.workspace, message.run_id);
    const draft = join(temporary, `${encodeFileName(message.attempt_id)}.eml`);
    const target = join(run, messageFile(message.customer_id));
    try {
      let claim;
      try {
        await ensureFolder(run);
        await writeDurably(draft, composeEml(message, envelope, new Date(clock())));
        claim = await claimName(draft, target);
      } catch (error) {
        known.delete(run);
        return notWritten(error);
      }
      const messageId = claim === 'taken' ? await readMessageId(target) : null;
      await shareSync(run);
      return sent(messageId ?? emlMessageId(message, envelope));
    } finally {
      await unlink(draft).catch(() => undefined);
    }
  }

  async function send(message: OutgoingMessage): Promise<SendOutcome> {
    const envelope = envelopeOf(message);
    if (typeof envelope === 'string')
      return { kind: 'refused', permanence: 'permanent', code: 'invalid_address', reason: envelope };
    try {
      return await write(message, envelope);
    } catch (error) {
      return { kind: 'unknown', reason: `the name of the message's file may not be durable: ${systemErrorCode(error)}` };
    }
  }

  async function lookUp(query: LookUpQuery): Promise<LookUpOutcome> {
    const run = runFolder(folder, query.workspace, query.run_id);
    try {
      const messageId = await readMessageId(join(run, messageFile(query.customer_id)));
      if (messageId === null) return { kind: 'not_found' };
      await shareSync(run);
      return sent(messageId);
    } catch (error) {
      return { kind: 'unknown', reason: `the outbox cannot be read: ${systemErrorCode(error)}` };
    }
  }

  return {
    name: 'outbox',
    capabilities: { needs_https_unsubscribe: false, look_up: 'exact', recommended_concurrency: 32 },
    send: (message) => inFlight.track(send(message)),
    lookUp: (query) => inFlight.track(lookUp(query)),
    close: () => inFlight.settled(),
  };
}
