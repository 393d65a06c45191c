import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { randomBytes } from 'node:crypto';
import { EngineError } from '../../../contracts/errors.js';
import type { WorkspaceSecret } from '../vault.port.js';
import { DESTROYED_KEY, keyBinding, type KeyWrapping, secretBinding } from '../key-wrapping.js';
import { createKeyId } from '../key-id.js';
import type { KeyState, PackedKeys, VaultAnswers, VaultRequest } from './vault-messages.js';

interface KeyRow {
  readonly number: number;
  readonly key_id: string;
  readonly workspace: string;
  readonly subject: string;
  readonly version: number;
  readonly live: number;
  readonly wrapped: Uint8Array;
}

interface SecretRow {
  readonly version: number;
  readonly wrapped: Uint8Array;
}

/** Answers one request inside the transaction of its group. */
export type AnswerRequest = (request: VaultRequest) => VaultAnswers[VaultRequest['kind']];

/** Prepares all statements once and answers requests against the vault's file. */
export function createRequestAnswers(database: DatabaseSyncInstance, wrapping: KeyWrapping): AnswerRequest {
  const columns = 'number, key_id, workspace, subject, version, live, wrapped';
  const bySubject = database.prepare(`SELECT ${columns} FROM keys WHERE workspace = ? AND subject = ? AND current = 1`);
  const byId = database.prepare(`SELECT ${columns} FROM keys WHERE key_id = ?`);
  const insertKey = database.prepare(
    'INSERT INTO keys (key_id, workspace, subject, version, live, current, wrapped) VALUES (?, ?, ?, ?, ?, 1, ?)',
  );
  const overwriteKey = database.prepare('UPDATE keys SET live = 0, wrapped = ? WHERE number = ?');
  const retire = database.prepare('UPDATE keys SET current = 0 WHERE workspace = ? AND subject = ? AND current = 1 AND live = 0');
  const selectSecret = database.prepare('SELECT version, wrapped FROM secrets WHERE workspace = ? AND name = ?');
  const upsertSecret = database.prepare(
    `INSERT INTO secrets (workspace, name, version, wrapped) VALUES (?, ?, ?, ?)
     ON CONFLICT (workspace, name) DO UPDATE SET version = excluded.version, wrapped = excluded.wrapped`,
  );

  const selectLog = database.prepare('SELECT log FROM bound_log');
  const writeLog = database.prepare('INSERT OR REPLACE INTO bound_log VALUES (1, ?)');

  const probe = database.prepare('UPDATE bound_log SET log = log');

  // Statements answer untyped rows; the shapes are those of their column lists.
  const currentRow = (workspace: string, subject: string) => bySubject.get(workspace, subject) as KeyRow | undefined;
  const rowOf = (keyId: string) => byId.get(keyId) as KeyRow | undefined;
  const secretRow = (workspace: string, name: string) => selectSecret.get(workspace, name) as SecretRow | undefined;

  function openRow(row: KeyRow): Uint8Array {
    const key = wrapping.unwrap(row.wrapped, keyBinding(row.workspace, row.subject, row.key_id));
    if (key !== null) return key;
    throw new EngineError(
      'vault_entry_damaged',
      `expected key ${row.key_id} to open with vault key version ${wrapping.version}, found damaged bytes (wrapped by version ${row.version})`,
      { details: { key_id: row.key_id } },
    );
  }

  function makeKey(workspace: string, subject: string): { keyId: string; key: Uint8Array } {
    const key = randomBytes(32);
    const keyId = createKeyId();
    insertKey.run(keyId, workspace, subject, wrapping.version, 1, wrapping.wrap(key, keyBinding(workspace, subject, keyId)));
    return { keyId, key };
  }

  function ensure(workspace: string, subjects: readonly string[]): PackedKeys {
    const packer = createPacker(subjects.length);
    for (const subject of subjects) {
      const row = currentRow(workspace, subject);
      if (row === undefined) {
        const made = makeKey(workspace, subject);
        packer.live(made.keyId, made.key);
      } else if (row.live === 1) packer.live(row.key_id, openRow(row));
      else packer.gone('destroyed');
    }
    return packer.packed();
  }

  function open(keyIds: readonly string[]): PackedKeys {
    const packer = createPacker(keyIds.length);
    for (const keyId of keyIds) {
      const row = rowOf(keyId);
      if (row === undefined) packer.gone('unknown');
      else if (row.live === 1) packer.live(keyId, openRow(row));
      else packer.gone('destroyed');
    }
    return packer.packed();
  }

  function destroy(workspace: string, subject: string): VaultAnswers['destroy'] {
    const row = currentRow(workspace, subject);
    if (row === undefined) {
      // A subject that never had a key gets its tombstone all the same: nothing may be sealed for it later.
      insertKey.run(createKeyId(), workspace, subject, wrapping.version, 0, DESTROYED_KEY);
      return { keyIds: [] };
    }
    if (row.live === 1) overwriteKey.run(DESTROYED_KEY, row.number);
    return { keyIds: [row.key_id] };
  }

  function bind(log: string): void {
    // The shape is that of the table.
    const bound = selectLog.get() as { log: string } | undefined;
    if (bound !== undefined && bound.log !== log) {
      throw new EngineError(
        'data_folder_mixed',
        `Expected the log ${bound.log} beside the vault that seals its events, found the log ${log}; restore log.sqlite, vault.sqlite and vault.key from one backup`,
        { details: { expected: bound.log, found: log } },
      );
    }
    writeLog.run(log);
  }

  function putSecret(workspace: string, name: WorkspaceSecret, value: Uint8Array): void {
    upsertSecret.run(workspace, name, wrapping.version, wrapping.wrap(value, secretBinding(workspace, name)));
  }

  function secret(workspace: string, name: WorkspaceSecret): VaultAnswers['secret'] {
    const row = secretRow(workspace, name);
    if (row === undefined) {
      const made = randomBytes(32);
      putSecret(workspace, name, made);
      return { value: made };
    }
    const value = wrapping.unwrap(row.wrapped, secretBinding(workspace, name));
    if (value !== null) return { value };
    throw new EngineError('vault_entry_damaged', `expected secret ${name} of ${workspace} to open, found damaged bytes`);
  }

  return (request) => {
    switch (request.kind) {
      case 'ensure':
        return ensure(request.workspace, request.subjects);
      case 'open':
        return open(request.keyIds);
      case 'destroy':
        return destroy(request.workspace, request.subject);
      case 'reopen':
        retire.run(request.workspace, request.subject);
        return {};
      case 'secret':
        return secret(request.workspace, request.name);
      case 'bind':
        bind(request.log);
        return {};
      case 'probe':
        probe.run();
        return {};
      case 'put_secret':
        if (request.name === 'look_up' && secretRow(request.workspace, request.name) !== undefined) {
          throw new EngineError(
            'invalid_input',
            `expected no look-up key for ${request.workspace} yet, found one: it is never replaced`,
          );
        }
        putSecret(request.workspace, request.name, request.value);
        return {};
    }
  };
}

function createPacker(size: number) {
  const states: KeyState[] = [];
  const keys = new Uint8Array(size * 32);
  let used = 0;
  return {
    live(keyId: string, key: Uint8Array): void {
      keys.set(key, used);
      used += 32;
      states.push({ state: 'live', keyId });
    },
    gone(state: 'destroyed' | 'unknown'): void {
      states.push({ state });
    },
    packed: (): PackedKeys => ({ states, keys }),
  };
}
