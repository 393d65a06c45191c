import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { EngineError } from '../../contracts/errors.js';
import type { VaultEntry } from '../../stores/vault/vault-entries.port.js';
import {
  ARCHIVE_FORMAT,
  archiveHeader,
  type ArchiveHeader,
  type ArchiveLine,
  archiveSum,
  damagedBackup,
  type LineKind,
  readArchiveLines,
} from './archive-lines.js';
import type { CopySource } from './copy-source.js';
import { parsePortableText, type PortableEvent } from './portable-event.js';
import { createVaultDigest, parseVaultEntry } from './vault-digest.js';
import type { ArchiveContent } from './write-archive.js';

export interface CheckOptions {
  readonly signal: AbortSignal;
  /** Bytes of the file. */
  readonly onProgress: (done: number, total: number) => void;
}

/** What may come behind what. */
const followers: Readonly<Record<LineKind | 'nothing', readonly LineKind[]>> = {
  nothing: ['header'],
  header: ['event', 'log_end'],
  event: ['event', 'log_end'],
  log_end: ['vault', 'end'],
  vault: ['vault', 'end'],
  end: [],
};
const BATCH = 1000;

/** Reads a whole backup and answers what it holds. Errors: `backup_damaged` with the place, `store_format_unsupported`, `not_found`. */
export async function checkArchive(file: string, { signal, onProgress }: CheckOptions): Promise<ArchiveContent> {
  const size = await sizeOf(file);
  const log = createHash('sha256');
  const vault = createVaultDigest();
  let header: ArchiveHeader | null = null;
  let before: LineKind | 'nothing' = 'nothing';
  let events = 0;
  let logSum: string | null = null;
  let content: ArchiveContent | null = null;
  for await (const line of readArchiveLines(file)) {
    signal.throwIfAborted();
    onProgress(line.read, size);
    const place = `event ${events}`;
    if (!followers[before].includes(line.kind)) throw damagedBackup(file, place, 'a part that does not belong there');
    before = line.kind;
    switch (line.kind) {
      case 'header':
        header = headerOf(file, line);
        break;
      case 'event':
        log.update(line.text).update('\n');
        events += 1;
        break;
      case 'log_end':
        logSum = log.digest('hex');
        assertSum(file, line, { what: 'events', count: events, sha256: logSum });
        break;
      case 'vault':
        vault.add([parseVaultEntry(line.text)]);
        break;
      case 'end': {
        const { entries, sha256 } = vault.summary();
        assertSum(file, line, { what: 'entries of the vault', count: entries, sha256 });
        if (header !== null && logSum !== null) content = { header, log: { events, sha256: logSum }, vault: { entries, sha256 } };
      }
    }
  }
  // Only at the end of the file is it known that all of it could be unpacked.
  if (content !== null) return content;
  throw damagedBackup(file, `event ${events}`, 'its end');
}

/** A backup that was checked, as the source of a copy. */
export function archiveAsSource(file: string, { header, log }: ArchiveContent): CopySource {
  return {
    storeId: header.store_id,
    positions: header.positions,
    head: BigInt(log.events) - 1n,
    events: () => eventsOf(file),
    vault: { exportEntries: () => entriesOf(file) },
  };
}

async function* eventsOf(file: string): AsyncGenerator<PortableEvent> {
  let place = 0n;
  for await (const { kind, text } of readArchiveLines(file)) {
    if (kind === 'log_end') return;
    if (kind === 'header') continue;
    yield parsePortableText(text, place);
    place += 1n;
  }
}

async function* entriesOf(file: string): AsyncGenerator<readonly VaultEntry[]> {
  let batch: VaultEntry[] = [];
  for await (const { kind, text } of readArchiveLines(file)) {
    if (kind !== 'vault') continue;
    batch.push(parseVaultEntry(text));
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function headerOf(file: string, { text }: ArchiveLine): ArchiveHeader {
  const header = archiveHeader.parse(JSON.parse(text));
  if (header.cebe_backup === ARCHIVE_FORMAT) return header;
  throw new EngineError(
    'store_format_unsupported',
    `Expected ${file} to be a backup of format ${ARCHIVE_FORMAT}, found format ${header.cebe_backup}; restore it with CEBE ${header.made_by}`,
    { details: { file, expected: ARCHIVE_FORMAT, found: header.cebe_backup } },
  );
}

function assertSum(
  file: string,
  { text }: ArchiveLine,
  { what, count, sha256 }: { readonly what: string; readonly count: number; readonly sha256: string },
): void {
  const said = archiveSum.parse(JSON.parse(text));
  if (said.count === count && said.sha256 === sha256) return;
  throw damagedBackup(file, `the sum of its ${what}`, `${count} of them where it says ${said.count}, or another sum`);
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => null);
  if (found?.isFile() === true) return found.size;
  throw new EngineError('not_found', `Expected a backup at ${file}, found ${found === null ? 'nothing' : 'no file'}`, {
    details: { file },
  });
}
