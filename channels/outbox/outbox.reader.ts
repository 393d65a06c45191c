import { readFile, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { MESSAGE_VARIABLE } from '../mail-headers.js';
import { decodeWords, headerOf, readEml, readEmlHeaders, type EmlHeader } from './eml-reader.js';
import { syncFolder } from './folder-sync.js';
import { readHead, systemErrorCode } from './outbox-files.js';
import { decodeFileName, encodeFileName, messageFile, messageName, runFolder } from './outbox-paths.js';

/** A run with messages in the outbox. */
export interface OutboxRun {
  readonly run_id: string;
  readonly messages: number;
}

/** One line of the outbox's list; `to` is personal. */
export interface OutboxEntry {
  /** What names the message within its run; the next page begins `after` it. */
  readonly name: string;
  /** Absent where the id was too long for a file name. */
  readonly customer_id?: string;
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  /** ISO-8601, UTC; as its Date header says. */
  readonly sent_at?: string;
  readonly bytes: number;
}

/** A whole message, as a mail program would show it; all of it is personal. */
export interface OutboxMessage extends OutboxEntry {
  readonly html: string;
  readonly text: string;
  readonly message_id: string;
  readonly message_token?: string;
  /** The web address of its List-Unsubscribe header. */
  readonly unsubscribe_url?: string;
  readonly headers: readonly EmlHeader[];
}

/** Which messages of a run to list, in name order. */
export interface ListOutboxOptions {
  readonly limit: number;
  readonly after?: string;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

async function messageNames(folder: string): Promise<readonly string[]> {
  const names = (await namesIn(folder)).map(messageName);
  return names.filter((name) => name !== null).sort();
}

function entryOf(name: string, headers: readonly EmlHeader[], bytes: number): OutboxEntry {
  const customer = decodeFileName(name);
  const sentAt = Date.parse(headerOf(headers, 'date'));
  return {
    name,
    ...(customer === null ? {} : { customer_id: customer }),
    to: decodeWords(headerOf(headers, 'to')),
    from: decodeWords(headerOf(headers, 'from')),
    subject: decodeWords(headerOf(headers, 'subject')),
    ...(Number.isNaN(sentAt) ? {} : { sent_at: new Date(sentAt).toISOString() }),
    bytes,
  };
}

/** The runs of a workspace that have messages in the outbox, by id. */
export async function listOutboxRuns(root: string, workspace: string): Promise<readonly OutboxRun[]> {
  const folder = join(root, encodeFileName(workspace));
  const runs: OutboxRun[] = [];
  for (const name of (await namesIn(folder)).toSorted()) {
    const run_id = decodeFileName(name);
    if (run_id !== null) runs.push({ run_id, messages: (await messageNames(join(folder, name))).length });
  }
  return runs;
}

/** A page of a run's messages, reading no more of each than its headers. */
export async function listOutbox(
  root: string,
  run: { readonly workspace: string; readonly run_id: string },
  { limit, after = '' }: ListOutboxOptions,
): Promise<readonly OutboxEntry[]> {
  const folder = runFolder(root, run.workspace, run.run_id);
  const page = (await messageNames(folder)).filter((name) => name > after).slice(0, limit);
  const entries = await Promise.all(
    page.map(async (name) => {
      const path = join(folder, `${name}.eml`);
      const head = await readHead(path);
      if (head === null) return null;
      return entryOf(name, readEmlHeaders(head), (await stat(path)).size);
    }),
  );
  return entries.filter((entry) => entry !== null);
}

/** One message by the name that the list gives it, parsed; null when there is none. */
export async function readOutboxMessage(
  root: string,
  run: { readonly workspace: string; readonly run_id: string },
  name: string,
): Promise<OutboxMessage | null> {
  if (!/^(?:[a-z0-9_-]|%[0-9a-f]{2})+$|^~[0-9a-f]{64}$/.test(name)) return null;
  const source = await readFile(join(runFolder(root, run.workspace, run.run_id), `${name}.eml`)).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  });
  if (source === null) return null;
  const { headers, html, text } = readEml(source);
  const token = new RegExp(`"${MESSAGE_VARIABLE}":"([^"]+)"`).exec(headerOf(headers, 'x-mailgun-variables'))?.[1];
  const unsubscribe = /<(https?:[^>]+)>/.exec(headerOf(headers, 'list-unsubscribe'))?.[1];
  return {
    ...entryOf(name, headers, source.length),
    html,
    text,
    message_id: headerOf(headers, 'message-id').replace(/^<(.*)>$/, '$1'),
    ...(token === undefined ? {} : { message_token: token }),
    ...(unsubscribe === undefined ? {} : { unsubscribe_url: unsubscribe }),
    headers,
  };
}

async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error))) return false;
    throw error;
  }
}

/** Deletes every message to a customer, for an erasure; answers how many there were. Doing it again deletes nothing. */
export async function deleteOutboxFiles(root: string, workspace: string, customerId: string): Promise<number> {
  const folder = join(root, encodeFileName(workspace));
  let deleted = 0;
  for (const run of await namesIn(folder)) {
    const path = join(folder, run);
    if (!(await removeFile(join(path, messageFile(customerId))))) continue;
    await syncFolder(path);
    deleted += 1;
  }
  return deleted;
}
