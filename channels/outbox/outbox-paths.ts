import { createHash } from 'node:crypto';
import { join } from 'node:path';

const MAX_NAME = 200;
const EXTENSION = '.eml';
/** As it is encoded, too. */
const PLAIN = /^[a-z0-9_-]{1,200}$/;

/**
 * A file name for any id, the same on every file system: two ids never share one, also where case is not told apart. Ids too long for a
 * name become a digest, which cannot be read back.
 */
export function encodeFileName(id: string): string {
  if (PLAIN.test(id)) return id;
  const name = Array.from(Buffer.from(id, 'utf8'), (byte) => {
    const char = String.fromCharCode(byte);
    return /[a-z0-9_-]/.test(char) ? char : `%${byte.toString(16).padStart(2, '0')}`;
  }).join('');
  return name.length <= MAX_NAME && name !== '' ? name : `~${createHash('sha256').update(id).digest('hex')}`;
}

/** The id of a file name, or null for a digest and for files that are not ours. */
export function decodeFileName(name: string): string | null {
  if (!/^(?:[a-z0-9_-]|%[0-9a-f]{2})+$/.test(name)) return null;
  try {
    return decodeURIComponent(name);
  } catch {
    return null;
  }
}

/** The folder of a workspace's runs. */
export function workspaceFolder(root: string, workspace: string): string {
  return join(root, encodeFileName(workspace));
}

/** The folder of a run's messages. */
export function runFolder(root: string, workspace: string, runId: string): string {
  return join(workspaceFolder(root, workspace), encodeFileName(runId));
}

/** Where half-written files live; no workspace's folder can have this name. */
export function temporaryFolder(root: string): string {
  return join(root, '.tmp');
}

/** The name of the one message that a run sends to a customer. */
export function messageFile(customerId: string): string {
  return `${encodeFileName(customerId)}${EXTENSION}`;
}

/** The part of a message's file name before its extension, or null for other files. */
export function messageName(file: string): string | null {
  return file.endsWith(EXTENSION) ? file.slice(0, -EXTENSION.length) : null;
}
