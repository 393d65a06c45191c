import { Binary } from 'mongodb';
import { randomBytes } from 'node:crypto';
import { EngineError } from '../../../contracts/errors.js';
import { type Connection, pause, retries } from '../../mongodb/connection.js';
import { isDuplicateKey } from '../../mongodb/driver-errors.js';
import { type KeyWrapping, secretBinding } from '../key-wrapping.js';
import type { WorkspaceSecret } from '../vault.port.js';
import { bytesOf } from './open-vault-database.js';
import { type SecretRow, secretRowId, type VaultCollections } from './rows.js';

/** The secrets of workspaces. */
export interface Secrets {
  /** The secret, made where absent: durable, and the same for everyone who asks. */
  read(workspace: string, name: WorkspaceSecret): Promise<Uint8Array>;
  /** Replaces it; `invalid_input` for a look-up key that is there already. */
  put(workspace: string, name: WorkspaceSecret, value: Uint8Array): Promise<void>;
}

/** The secrets of a vault, wrapped. */
export function secretsOf(connection: Connection, { secrets }: VaultCollections, wrapping: KeyWrapping): Secrets {
  const rowOf = (workspace: string, name: WorkspaceSecret, value: Uint8Array): SecretRow => ({
    _id: secretRowId(workspace, name),
    version: wrapping.version,
    wrapped: new Binary(wrapping.wrap(value, secretBinding(workspace, name))),
  });

  const find = (_id: string): Promise<SecretRow | null> =>
    connection.again('reading a secret of the vault', (bounds) => secrets.findOne({ _id }, { ...bounds }));

  /** What stands afterwards: this row, or one that was there before. */
  const insert = async (row: SecretRow): Promise<SecretRow> => {
    await connection.again('making a secret of the vault', (bounds) =>
      secrets.insertOne(row, { ...bounds }).catch((error: unknown) => {
        if (!isDuplicateKey(error)) throw error;
      }),
    );
    return (await find(row._id)) ?? row;
  };

  const replace = async ({ _id, ...$set }: SecretRow): Promise<void> => {
    for (let attempts = 1; ; attempts += 1) {
      const isDone = await connection.again('storing a secret of the vault', (bounds) =>
        secrets.updateOne({ _id }, { $set }, { upsert: true, ...bounds }).then(
          () => true,
          (error: unknown) => {
            // Somebody made it just now.
            if (!isDuplicateKey(error) || attempts > retries.attempts) throw error;
            return false;
          },
        ),
      );
      if (isDone) return;
      await pause(attempts);
    }
  };

  return {
    async read(workspace, name) {
      const row = (await find(secretRowId(workspace, name))) ?? (await insert(rowOf(workspace, name, randomBytes(32))));
      const value = wrapping.unwrap(bytesOf(row.wrapped), secretBinding(workspace, name));
      if (value !== null) return value;
      throw new EngineError('vault_entry_damaged', `expected secret ${name} of ${workspace} to open, found damaged bytes`);
    },
    async put(workspace, name, value) {
      const row = rowOf(workspace, name, value);
      if (name !== 'look_up') {
        await replace(row);
        return;
      }
      const standing = await insert(row);
      // What another wrapping made differs in its nonce alone already.
      if (Buffer.compare(bytesOf(standing.wrapped), bytesOf(row.wrapped)) === 0) return;
      throw new EngineError('invalid_input', `expected no look-up key for ${workspace} yet, found one: it is never replaced`);
    },
  };
}
