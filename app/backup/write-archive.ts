import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { once } from 'node:events';
import { createGzip, type Gzip } from 'node:zlib';
import { EngineError } from '../../contracts/errors.js';
import type { CopySource } from './copy-source.js';
import { addTo, type LogDigest } from './copy-log.js';
import { ARCHIVE_FORMAT, archiveLine, type ArchiveHeader, type ArchiveSum, type LineKind } from './archive-lines.js';
import { createErasures } from './erasures.js';
import { syncFolder } from '../../stores/durable-file.js';
import { createVaultDigest, type VaultSummary, vaultEntryText } from './vault-digest.js';

export interface WriteArchiveOptions {
  readonly signal: AbortSignal;
  /** ISO-8601. */
  readonly madeAt: string;
  /** The version of this program. */
  readonly madeBy: string;
  readonly onProgress: (place: bigint) => void;
}

/** What a backup holds. */
export interface ArchiveContent {
  readonly header: ArchiveHeader;
  readonly log: LogDigest;
  readonly vault: VaultSummary;
}

/** JSON of events packs well at the fastest level; what is sealed hardly packs at any. */
const LEVEL = 1;

/**
 * Writes a backup: the log up to where it ended when this began, then the vault, which then holds every key that the log names. The file has
 * its name only when it is whole and on the disk, and is its owner's only. Errors: `target_not_empty` (there is such a file), `invalid_input` (it cannot be written), and those of the source.
 */
export async function writeArchive(source: CopySource, file: string, options: WriteArchiveOptions): Promise<ArchiveContent> {
  await assertAbsent(file);
  const draft = `${file}.part`;
  const handle = await open(draft, 'w', 0o600).catch((error: unknown) => {
    throw fileProblem(error, file);
  });
  try {
    const zip = createGzip({ level: LEVEL });
    const written = writeAll(zip, handle);
    // Whoever writes on meanwhile is told by the stream.
    written.catch(() => undefined);
    const content = await writeContent(zip, source, { ...options, written });
    zip.end();
    await written;
    await handle.sync();
    await handle.close();
    await assertAbsent(file);
    await rename(draft, file);
    await syncFolder(dirname(file));
    return content;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw fileProblem(error, file);
  }
}

async function writeContent(
  zip: Gzip,
  source: CopySource,
  options: WriteArchiveOptions & { readonly written: Promise<void> },
): Promise<ArchiveContent> {
  const { signal, onProgress, madeAt, madeBy, written } = options;
  const write = async (kind: LineKind, text: string): Promise<void> => {
    // What the disk refuses ends the stream, which then neither drains nor says so.
    if (!zip.write(archiveLine(kind, text))) await Promise.race([once(zip, 'drain', { signal }), written]);
  };
  const header: ArchiveHeader = {
    cebe_backup: ARCHIVE_FORMAT,
    store_id: source.storeId,
    positions: source.positions,
    made_at: madeAt,
    made_by: madeBy,
  };
  await write('header', JSON.stringify(header));
  const hash = createHash('sha256');
  let events = 0;
  const erasures = createErasures();
  for await (const event of erasures.watch(source.events())) {
    signal.throwIfAborted();
    addTo(hash, event);
    await write('event', event.text);
    events += 1;
    onProgress(event.place);
  }
  const log: LogDigest = { events, sha256: hash.digest('hex') };
  await write('log_end', JSON.stringify({ count: events, sha256: log.sha256 } satisfies ArchiveSum));
  const digest = createVaultDigest();
  for await (const exported of source.vault.exportEntries()) {
    signal.throwIfAborted();
    const entries = erasures.applied(exported);
    digest.add(entries);
    for (const entry of entries) await write('vault', vaultEntryText(entry));
  }
  const vault = digest.summary();
  await write('end', JSON.stringify({ count: vault.entries, sha256: vault.sha256 } satisfies ArchiveSum));
  return { header, log, vault };
}

async function writeAll(zip: Gzip, handle: FileHandle): Promise<void> {
  try {
    for await (const chunk of zip as AsyncIterable<Buffer>) await handle.appendFile(chunk);
  } catch (error) {
    zip.destroy(error instanceof Error ? error : undefined);
    throw error;
  }
}

async function assertAbsent(file: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  if (found === null) return;
  throw new EngineError('target_not_empty', `Expected no file ${file} yet, found one; name another one for this backup`, {
    details: { file },
  });
}

/** What the file system refuses is said with the file; everything else is left as it is. */
function fileProblem(error: unknown, file: string): unknown {
  if (typeof error !== 'object' || error === null || !('syscall' in error) || !('message' in error)) return error;
  return new EngineError('invalid_input', `Expected to write ${file}, found: ${String(error.message)}`, {
    details: { file },
    cause: error,
  });
}
