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
  switch (entry.kind) {
    case 'check':
      return JSON.stringify({ kind: 'check', version: entry.version, wrapped: base64(entry.wrapped) });
    case 'key': {
      const { kind, key_id, workspace, subject, current, state } = entry;
      const name = { kind, key_id, workspace, subject, current, state };
      return JSON.stringify(state === 'live' ? { ...name, version: entry.version, wrapped: base64(entry.wrapped) } : name);
    }
    case 'secret': {
      const { kind, workspace, name, version } = entry;
      return JSON.stringify({ kind, workspace, name, version, wrapped: base64(entry.wrapped) });
    }
  }
}

/** The entry whose text this is. */
export function parseVaultEntry(text: string): VaultEntry {
  // Written by `vaultEntryText` and unchanged since, as its checksum says.
  const entry = JSON.parse(text) as VaultEntry;
  return 'wrapped' in entry ? { ...entry, wrapped: Buffer.from(String(entry.wrapped), 'base64') } : entry;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
