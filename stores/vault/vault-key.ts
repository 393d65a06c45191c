import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { EngineError } from '../../contracts/errors.js';
import { writeDurably } from '../durable-file.js';
import type { VaultKey } from './key-wrapping.js';

export interface VaultKeyPlaces {
  readonly env: { readonly CEBE_VAULT_KEY?: string | undefined; readonly CEBE_VAULT_KEY_FILE?: string | undefined };
  /** Where the key stands when the environment names none; made there at the first start. */
  readonly file: string;
  /** The vault that the key opens: once it exists, no new key is made for it. */
  readonly vaultFile: string;
}

/** A vault key and the place it came from, for people. */
export interface LoadedVaultKey extends VaultKey {
  readonly from: string;
}

/**
 * The vault key: `CEBE_VAULT_KEY`, else the file of `CEBE_VAULT_KEY_FILE`, else `file`, which is made (mode 0600, durable before it is answered)
 * when neither it nor the vault exists. A key is 32 bytes in base64 or hex, with its version before a colon when that is not 1 (`2:q83v…`).
 */
export async function loadVaultKey(places: VaultKeyPlaces): Promise<LoadedVaultKey> {
  const given = places.env.CEBE_VAULT_KEY;
  if (given !== undefined && given !== '') return parseVaultKey(given, 'CEBE_VAULT_KEY');
  const file = places.env.CEBE_VAULT_KEY_FILE ?? places.file;
  if (existsSync(file)) return parseVaultKey(await readFile(file, 'utf8'), file);
  if (existsSync(places.vaultFile)) {
    throw new EngineError(
      'vault_key_wrong',
      `expected CEBE_VAULT_KEY or the file ${file} to hold the key of ${places.vaultFile}, found neither`,
    );
  }
  const text = randomBytes(32).toString('base64');
  await writeDurably(file, `${text}\n`);
  return parseVaultKey(text, file);
}

function parseVaultKey(text: string, from: string): LoadedVaultKey {
  const match = /^(?:(\d{1,6}):)?([0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?)$/.exec(text.trim());
  const encoded = match?.[2];
  if (encoded === undefined) {
    throw new EngineError(
      'vault_key_wrong',
      `expected 32 bytes in base64 or hex, found ${text.trim().length} characters of something else in ${from}`,
    );
  }
  const key = Buffer.from(encoded, encoded.length === 64 ? 'hex' : 'base64');
  return { version: Number(match?.[1] ?? 1), key, from };
}
