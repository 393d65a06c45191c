import type { Binary, Collection, Db } from 'mongodb';
import type { WorkspaceSecret } from '../vault.port.js';

/** All that is known of a subject, in one row: whatever becomes of its key is one write, and whole. */
export interface KeyRow {
  /** `<workspace>/<subject>`. */
  readonly _id: string;
  /** The current key, which `reopened` asks to be replaced. */
  readonly key_id: string;
  /** Of the current key, and of those destroyed before it. */
  readonly ids: readonly string[];
  readonly state: 'live' | 'destroyed' | 'reopened';
  /** Of the vault key that wrapped it. */
  readonly version: number;
  /** Zeros when it was destroyed. */
  readonly wrapped: Binary;
}

/** A secret of a workspace. */
export interface SecretRow {
  /** `<workspace>/<name>`. */
  readonly _id: string;
  readonly version: number;
  readonly wrapped: Binary;
}

/** What the vault keeps about itself, in one row. */
export interface VaultRow {
  readonly _id: typeof VAULT_ROW;
  readonly format: number;
  /** Of the vault key. */
  readonly version: number;
  readonly check_value: Binary;
  /** The log whose events the keys seal. */
  readonly log?: string;
}

export const VAULT_ROW = 'vault';

/** The collections of a vault. */
export interface VaultCollections {
  readonly keys: Collection<KeyRow>;
  readonly secrets: Collection<SecretRow>;
  readonly vault: Collection<VaultRow>;
}

/** The collections of the vault in this database; makes none. */
export function vaultCollections(database: Db): VaultCollections {
  return {
    keys: database.collection<KeyRow>('cebe.vault.keys'),
    secrets: database.collection<SecretRow>('cebe.vault.secrets'),
    vault: database.collection<VaultRow>('cebe.vault'),
  };
}

/** The id of the row of a subject. */
export function keyRowId(workspace: string, subject: string): string {
  return `${workspace}/${subject}`;
}

/** Whose the row is; a workspace's id holds no slash. */
export function subjectOf({ _id }: KeyRow): { readonly workspace: string; readonly subject: string } {
  const slash = _id.indexOf('/');
  return { workspace: _id.slice(0, slash), subject: _id.slice(slash + 1) };
}

/** The id of the row of a secret. */
export function secretRowId(workspace: string, name: WorkspaceSecret): string {
  return `${workspace}/${name}`;
}
