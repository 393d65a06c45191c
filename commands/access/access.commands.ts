import { hash } from 'node:crypto';
import { roles, type Role, type Scope } from '../../contracts/access.js';
import type { PlainData } from '../../contracts/events/event-contracts.js';
import type { Position } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import { apiKeyDecider, refuseMoreThan, rotatable } from '../../domain/access/api-key.decider.js';
import { workspaceDecider, type WorkspaceSettingsChange } from '../../domain/access/workspace.decider.js';
import { encodeBase32 } from '../../domain/base32.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { handleCommand, loadStream, type CommandContext } from '../command-handler.js';
import { refusePersonal } from '../refuse-personal.js';

const SECRET_BYTES = 32;
const ID_BYTES = 5;
const PREFIX_CHARACTERS = 12;

export interface NewKey {
  readonly name: string;
  readonly source: string;
  readonly role?: Role;
  /** Absent: those of the role. */
  readonly scopes?: readonly Scope[];
  /** ISO-8601 UTC with milliseconds; absent: never. */
  readonly expiresAt?: string;
  /** IP addresses and CIDR ranges; absent: any. */
  readonly allowedAddresses?: readonly string[];
}

/** A new key, and what its maker holds; without `held` the engine itself makes it. */
interface AskedKey extends NewKey {
  readonly held?: ReadonlySet<string>;
}

export interface Rotation {
  /** When the old key ends: ISO-8601 UTC with milliseconds. */
  readonly oldUntil: string;
  /** When the new key ends; absent: never. */
  readonly expiresAt?: string;
  /** The scopes of whoever rotates. */
  readonly held: ReadonlySet<string>;
}

/** A key that was made: the only moment at which its text is known. */
export interface CreatedKey {
  readonly key_id: string;
  readonly key: string;
  readonly position: Position;
}

/** What changes who may come in. */
export interface AccessCommands {
  /** Makes the workspace; one that exists stays as it is. */
  createWorkspace(workspace: { readonly name: string; readonly timeZone: string }, context: CommandContext): Promise<Position>;
  changeSettings(change: WorkspaceSettingsChange, context: CommandContext): Promise<Position>;
  /** Errors: `invalid_input` for a name that looks personal, `forbidden` for scopes that its maker does not hold. */
  createKey(key: AskedKey, context: CommandContext): Promise<CreatedKey>;
  /** Makes a key that may do the same, and ends the old one after an overlap. Errors: `not_found`, `key_not_active`, `forbidden`. */
  rotateKey(keyId: string, rotation: Rotation, context: CommandContext): Promise<CreatedKey>;
  revokeKey(keyId: string, context: CommandContext): Promise<Position>;
}

export interface AccessDeps {
  readonly eventStore: EventStore;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** Workspaces and API keys; a key is 32 random bytes and only its SHA-256 is stored. */
export function createAccessCommands(deps: AccessDeps): AccessCommands {
  const workspaceStream = (workspace: string): string => streamName('access', workspace, 'workspace');
  const keyStream = (workspace: string, id: string): string => streamName('access', workspace, id);
  const make = async (about: Omit<PlainData<'access.key_created'>, 'prefix' | 'hash'>, context: CommandContext) => {
    const key = `cebe_${Buffer.from(deps.randomBytes(SECRET_BYTES)).toString('base64url')}`;
    const keyId = `key_${encodeBase32(deps.randomBytes(ID_BYTES))}`;
    const data = { ...about, prefix: key.slice(0, PREFIX_CHARACTERS), hash: hashKey(key) };
    const command = { kind: 'create', key: data } as const;
    const stream = keyStream(context.workspace, keyId);
    const { position } = await handleCommand(deps, { stream, decider: apiKeyDecider, command }, context);
    return { key_id: keyId, key, position };
  };
  return {
    async createWorkspace({ name, timeZone }, context) {
      const command = { kind: 'create', name, timeZone } as const;
      return (
        await handleCommand(deps, { stream: workspaceStream(context.workspace), decider: workspaceDecider, command }, context)
      ).position;
    },
    async changeSettings(change, context) {
      const command = { kind: 'change_settings', change } as const;
      return (
        await handleCommand(deps, { stream: workspaceStream(context.workspace), decider: workspaceDecider, command }, context)
      ).position;
    },
    async createKey({ name, source, role, scopes = roles[role ?? 'module'], expiresAt, allowedAddresses, held }, context) {
      refusePersonal(name, '/name');
      if (held !== undefined) refuseMoreThan(held, scopes);
      const data = {
        ...{ name, source, scopes: [...scopes] },
        ...(role === undefined ? {} : { role }),
        ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
        ...(allowedAddresses === undefined ? {} : { allowed_addresses: [...allowedAddresses] }),
      };
      return make(data, context);
    },
    async rotateKey(keyId, { oldUntil, expiresAt, held }, context) {
      const stream = keyStream(context.workspace, keyId);
      const { state } = await loadStream(deps.eventStore, stream, apiKeyDecider);
      const { expires_at: _before, replaces: _older, ...old } = rotatable(state);
      refuseMoreThan(held, old.scopes);
      // First the new one: cut off in between, there is a key too many, never one too few.
      const ends = expiresAt === undefined ? {} : { expires_at: expiresAt };
      const made = await make({ ...old, ...ends, replaces: keyId }, context);
      const command = { kind: 'rotate', replacedBy: made.key_id, expiresAt: oldUntil } as const;
      const { position } = await handleCommand(deps, { stream, decider: apiKeyDecider, command }, context);
      return { ...made, position };
    },
    async revokeKey(keyId, context) {
      const stream = keyStream(context.workspace, keyId);
      return (await handleCommand(deps, { stream, decider: apiKeyDecider, command: { kind: 'revoke' } }, context)).position;
    },
  };
}

/** The hash under which a key is stored, in hex. */
export function hashKey(key: string): string {
  return hash('sha256', key, 'hex');
}
