import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { crc32, createGunzip } from 'node:zlib';
import { z } from 'zod';
import { EngineError } from '../../contracts/errors.js';

/** Format of a backup. Raise it when an older version could not read it, and keep reading the older ones. */
export const ARCHIVE_FORMAT = 1;

/** What a backup says of itself in its first line. */
export const archiveHeader = z.object({
  cebe_backup: z.number(),
  store_id: z.string(),
  /** Whether the log counts its positions, so that a copy that does may go by the same id. */
  positions: z.enum(['counted', 'opaque']),
  made_at: z.string(),
  made_by: z.string(),
});
/** Stands behind the events, and behind the entries of the vault. */
export const archiveSum = z.object({ count: z.number(), sha256: z.string() });

export type ArchiveHeader = z.infer<typeof archiveHeader>;
export type ArchiveSum = z.infer<typeof archiveSum>;

/** What a line of a backup is: first the header, then all of `event`, `log_end`, all of `vault`, `end`. */
export type LineKind = 'header' | 'event' | 'log_end' | 'vault' | 'end';

export interface ArchiveLine {
  readonly kind: LineKind;
  /** JSON. */
  readonly text: string;
  /** Bytes of the file that were read so far. */
  readonly read: number;
}

const letters = { header: 'H', event: 'E', log_end: 'L', vault: 'V', end: 'Z' } as const satisfies Record<LineKind, string>;
const kinds = new Map<string, LineKind>(Object.entries(letters).map(([kind, letter]) => [letter, kind as LineKind]));
const CHECKSUM = 8;

/** A line as it is written: checksum, letter of its kind, JSON. */
export function archiveLine(kind: LineKind, text: string): string {
  const content = `${letters[kind]} ${text}`;
  return `${checksum(content)} ${content}\n`;
}

/** The lines of a backup, each with its checksum verified. Errors: `backup_damaged` with the line. */
export async function* readArchiveLines(file: string): AsyncGenerator<ArchiveLine> {
  const raw = createReadStream(file);
  const unzipped = createGunzip();
  const piped = pipeline(raw, unzipped);
  // What goes wrong is thrown to whoever reads the unzipped side.
  piped.catch(() => undefined);
  let number = 0;
  let rest = '';
  try {
    unzipped.setEncoding('utf8');
    for await (const chunk of unzipped as AsyncIterable<string>) {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        number += 1;
        yield { ...parseLine(part, { file, number }), read: raw.bytesRead };
      }
    }
    if (rest !== '') throw damagedBackup(file, `the end of line ${number + 1}`, 'a line that is cut off');
  } catch (error) {
    if (error instanceof EngineError || !isZlibError(error)) throw error;
    throw damagedBackup(file, `behind line ${number}`, `bytes that cannot be unpacked (${error.message})`, error);
  } finally {
    raw.destroy();
    unzipped.destroy();
  }
}

function parseLine(
  line: string,
  { file, number }: { readonly file: string; readonly number: number },
): Omit<ArchiveLine, 'read'> {
  const content = line.slice(CHECKSUM + 1);
  const kind = kinds.get(content.charAt(0));
  if (kind === undefined || line.slice(0, CHECKSUM) !== checksum(content)) {
    throw damagedBackup(file, `line ${number}`, 'a line whose checksum differs');
  }
  return { kind, text: content.slice(2) };
}

/** `backup_damaged`, with what was found and where. */
export function damagedBackup(file: string, place: string, found: string, cause?: unknown): EngineError {
  return new EngineError(
    'backup_damaged',
    `Expected ${file} to be a whole backup, found ${found} at ${place}; use another backup`,
    {
      details: { file, place },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

function checksum(content: string): string {
  return crc32(content).toString(16).padStart(CHECKSUM, '0');
}

function isZlibError(error: unknown): error is { readonly message: string } {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('message' in error)) return false;
  return typeof error.code === 'string' && error.code.startsWith('Z_');
}
