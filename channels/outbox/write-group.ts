import { closeSync, fsync, fsyncSync, linkSync, mkdirSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { OutgoingMessage, RefusedOutcome } from '../channel.port.js';
import { envelopeOf } from '../mail-headers.js';
import { composeEml, emlMessageId } from './compose-eml.js';
import { systemErrorCode } from './outbox-files.js';
import { sentOutcome, type WriteGroup, type Written } from './outbox-messages.js';
import { encodeFileName, messageFile, runFolder, temporaryFolder } from './outbox-paths.js';

const sync = promisify(fsync);
const MAX_KNOWN_FOLDERS = 1_000;

/** A message in a file of a name that proves nothing yet. */
interface Draft {
  readonly kind: 'draft';
  readonly file: number;
  readonly path: string;
  readonly run: string;
  readonly target: string;
  readonly messageId: string;
}

/** Writes messages as durable files, one group at a time; mostly blocks its thread. An outcome for each message, in their order: one that fails costs the others nothing. */
export function createGroupWriter(): (group: WriteGroup) => Promise<readonly Written[]> {
  const known = new Set<string>();

  function ensureFolder(path: string, root: string): void {
    if (known.has(path)) return;
    mkdirSync(path, { recursive: true, mode: 0o700 });
    syncFolderNow(dirname(path));
    syncFolderNow(root);
    if (known.size >= MAX_KNOWN_FOLDERS) known.clear();
    known.add(path);
  }

  function begin(message: OutgoingMessage, { folder, at }: WriteGroup): Draft | RefusedOutcome {
    const envelope = envelopeOf(message);
    if (typeof envelope === 'string')
      return { kind: 'refused', permanence: 'permanent', code: 'invalid_address', reason: envelope };
    const run = runFolder(folder, message.workspace, message.run_id);
    const path = join(temporaryFolder(folder), `${encodeFileName(message.attempt_id)}.eml`);
    const content = composeEml(message, envelope, new Date(at));
    ensureFolder(run, folder);
    const file = openNew(path);
    try {
      writeFileSync(file, content);
    } catch (error) {
      closeSync(file);
      remove(path);
      throw error;
    }
    const target = join(run, messageFile(message.customer_id));
    return { kind: 'draft', file, path, run, target, messageId: emlMessageId(message, envelope) };
  }

  function refusal(error: unknown): RefusedOutcome {
    known.clear();
    const code = systemErrorCode(error);
    const reason = `the file of the message could not be written: ${code}`;
    return { kind: 'refused', permanence: 'temporary', code: `outbox_${code.toLowerCase()}`, reason };
  }

  function beginOrRefuse(message: OutgoingMessage, group: WriteGroup): Draft | RefusedOutcome {
    try {
      return begin(message, group);
    } catch (error) {
      return refusal(error);
    }
  }

  return async (group) => {
    const drafts = group.messages.map((message) => beginOrRefuse(message, group));
    // Files that are synced at once share what the file system does for each sync.
    const named = await Promise.all(
      drafts.map(async (draft) => (draft.kind === 'draft' ? giveName(draft).catch(refusal) : draft)),
    );
    const isNamed = (index: number): boolean => named[index]?.kind === 'sent' || named[index]?.kind === 'taken';
    const runs = new Set(drafts.flatMap((draft, index) => (draft.kind === 'draft' && isNamed(index) ? [draft.run] : [])));
    const failures = syncAll(runs);
    for (const draft of drafts) if (draft.kind === 'draft') remove(draft.path);
    return named.map((outcome, index) => {
      const draft = drafts[index];
      const failure = draft?.kind === 'draft' && isNamed(index) ? failures.get(draft.run) : undefined;
      if (failure === undefined) return outcome;
      return { kind: 'unknown', reason: `the name of the message's file may not be durable: ${failure}` };
    });
  };
}

/** The content is durable before it has the name that proves it. */
async function giveName({ file, path, target, messageId }: Draft): Promise<Written> {
  try {
    await sync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(path, target);
    return sentOutcome(messageId);
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return { kind: 'taken' };
    throw error;
  }
}

/** Makes the names in the folders durable; answers the folders where that failed, with the error's code. */
function syncAll(folders: ReadonlySet<string>): ReadonlyMap<string, string> {
  const failures = new Map<string, string>();
  for (const folder of folders) {
    try {
      syncFolderNow(folder);
    } catch (error) {
      failures.set(folder, systemErrorCode(error));
    }
  }
  return failures;
}

function syncFolderNow(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
    // Never truncate: a file of this name may have been linked elsewhere before a crash.
    unlinkSync(path);
    return openSync(path, 'wx', 0o600);
  }
}

function remove(draft: string): void {
  try {
    unlinkSync(draft);
  } catch {
    // What is left is removed at the next start.
  }
}
