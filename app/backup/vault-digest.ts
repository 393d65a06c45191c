import { createHash } from 'node:crypto';
import type { VaultEntry } from '../../stores/vault/vault-entries.port.js';

/** How many keys and secrets there are, and a sum over the SHA-256 of each, which does not depend on their order. */
export interface VaultSummary {
  readonly entries: number;
  readonly sha256: string;
}

/** Sums up the entries of a vault as they come. */
export interface VaultDigest {
  add(entries: readonly VaultEntry[]): void;
  summary(): VaultSummary;
}

const MODULUS = 2n ** 256n;

/** A digest of nothing. Checks are left out: a vault may have proved the same key by another one. */
export function createVaultDigest(): VaultDigest {
  let entries = 0;
  let sum = 0n;
  return {
    add(more) {
      for (const entry of more) {
        if (entry.kind === 'check') continue;
        entries += 1;
        sum = (sum + BigInt(`0x${createHash('sha256').update(vaultEntryText(entry)).digest('hex')}`)) % MODULUS;
      }
    },
    summary: () => ({ entries, sha256: sum.toString(16).padStart(64, '0') }),
  };
}

/** An entry as text, always written the same way. */
export function vaultEntryText(entry: VaultEntry): string {
  const wrapped = Buffer.from(entry.wrapped).toString('base64');
  switch (entry.kind) {
    case 'check':
      return JSON.stringify({ kind: 'check', version: entry.version, wrapped });
    case 'key': {
      const { kind, key_id, workspace, subject, version, state, current } = entry;
      return JSON.stringify({ kind, key_id, workspace, subject, version, state, current, wrapped });
    }
    case 'secret': {
      const { kind, workspace, name, version } = entry;
      return JSON.stringify({ kind, workspace, name, version, wrapped });
    }
  }
}

/** The entry whose text this is. */
export function parseVaultEntry(text: string): VaultEntry {
  // Written by `vaultEntryText` and unchanged since, as its checksum says.
  const { wrapped, ...entry } = JSON.parse(text) as VaultEntry & { readonly wrapped: unknown };
  return { ...entry, wrapped: Buffer.from(String(wrapped), 'base64') };
}
