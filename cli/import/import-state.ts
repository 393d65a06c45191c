import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';

const countsSchema = z.object({ accepted: z.int(), duplicate: z.int(), quarantined: z.int(), rejected: z.int() });
const stateSchema = z.object({
  format: z.literal(1),
  /** What is imported: the file as it was, and how it is mapped. */
  fingerprint: z.string(),
  import_id: z.string(),
  /** Everything up to this line is decided durably. */
  last_line: z.int(),
  counts: countsSchema,
  rejects_bytes: z.int(),
});

/** How far an import has come; lost, nothing but time is lost, since the engine knows each message id. */
export type ImportState = Omit<z.infer<typeof stateSchema>, 'format'>;

/** Tells a file and the way it is mapped from every other one. */
export async function fingerprintOf(file: string, mapping: string): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  return digest(`${file}\0${size}\0${mtimeMs}\0${mapping}`);
}

/** Where the state of an import of this file is kept, unless told otherwise. */
export function statePathFor(dataDir: string, file: string): string {
  return join(dataDir, 'imports', `${basename(file)}-${digest(file).slice(0, 8)}.json`);
}

/** The state that an import of exactly this was left in; null when there is none. */
export async function readState(path: string, fingerprint: string): Promise<ImportState | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const parsed = stateSchema.safeParse(parseJson(text));
  if (!parsed.success || parsed.data.fingerprint !== fingerprint) return null;
  const { format: _format, ...state } = parsed.data;
  return state;
}

/** Writes the state, whole or not at all. */
export async function writeState(path: string, state: ImportState): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, `${JSON.stringify({ format: 1, ...state })}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Forgets the state, and its folder when that is empty. */
export async function removeState(path: string): Promise<void> {
  await rm(path, { force: true });
  await rmdir(dirname(path)).catch(() => undefined);
}

function digest(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function parseJson(text: string): unknown {
  try {
    // JSON.parse declares any; the schema decides.
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
