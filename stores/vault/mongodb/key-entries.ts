import { Binary } from 'mongodb';
import { anotherVault } from '../import-refusals.js';
import { DESTROYED_KEY } from '../key-wrapping.js';
import type { VaultEntry } from '../vault-entries.port.js';
import { bytesOf } from './open-vault-database.js';
import { type KeyRow, subjectOf } from './rows.js';

export type KeyEntry = VaultEntry & { readonly kind: 'key' };

/** What stands in the place of a key that was destroyed. */
export function destroyedKey(): Binary {
  return new Binary(DESTROYED_KEY);
}

/** The entries in the row of a subject, older keys first. */
export function keyEntriesOf(row: KeyRow): readonly KeyEntry[] {
  const subject = { kind: 'key', ...subjectOf(row) } as const;
  const older = row.ids.slice(1).reverse();
  const destroyed = older.map((key_id): KeyEntry => ({ ...subject, key_id, state: 'destroyed', current: false }));
  const newest = { ...subject, key_id: row.key_id } as const;
  switch (row.state) {
    case 'live':
      return [...destroyed, { ...newest, state: 'live', current: true, version: row.version, wrapped: bytesOf(row.wrapped) }];
    case 'destroyed':
      return [...destroyed, { ...newest, state: 'destroyed', current: true }];
    case 'reopened':
      return [...destroyed, { ...newest, state: 'destroyed', current: false }];
  }
}

/** The row of a subject with one entry more; the same row when that says nothing new. Throws `data_folder_mixed`. */
export function importKey(
  row: KeyRow | undefined,
  entry: KeyEntry,
  { id, destroyed }: { readonly id: string; readonly destroyed: Pick<KeyRow, 'version' | 'wrapped'> },
): KeyRow {
  const { key_id, current } = entry;
  const content =
    entry.state === 'live'
      ? ({ state: 'live', version: entry.version, wrapped: new Binary(entry.wrapped) } as const)
      : ({ state: current ? 'destroyed' : 'reopened', ...destroyed } as const);
  if (row === undefined) return { _id: id, key_id, ids: [key_id], ...content };
  if (row.key_id === key_id) {
    if (content.state === 'live' || row.state === content.state || row.state === 'reopened') return row;
    return { ...row, ...content };
  }
  if (row.ids.includes(key_id)) return row;
  if (row.state === 'live') {
    throw anotherVault(`a key of ${id}`);
  }
  return { _id: id, key_id, ids: [key_id, ...row.ids], ...content };
}
