import { hash } from 'node:crypto';
import { roles, type Role, type Scope } from '../../contracts/access.js';
import type { Position } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import { apiKeyDecider } from '../../domain/access/api-key.decider.js';
import { workspaceDecider, type WorkspaceSettingsChange } from '../../domain/access/workspace.decider.js';
import { encodeBase32 } from '../../domain/base32.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { handleCommand, type CommandContext } from '../command-handler.js';
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
  /** Errors: `invalid_input` for a name that looks personal. */
  createKey(key: NewKey, context: CommandContext): Promise<CreatedKey>;
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
    async createKey({ name, source, role, scopes }, context) {
      refusePersonal(name, '/name');
      const key = `cebe_${Buffer.from(deps.randomBytes(SECRET_BYTES)).toString('base64url')}`;
      const keyId = `key_${encodeBase32(deps.randomBytes(ID_BYTES))}`;
      const data = {
        name,
        source,
        prefix: key.slice(0, PREFIX_CHARACTERS),
        hash: hashKey(key),
        scopes: [...(scopes ?? roles[role ?? 'module'])],
        ...(role === undefined ? {} : { role }),
      };
      const stream = keyStream(context.workspace, keyId);
      const { position } = await handleCommand(
        deps,
        { stream, decider: apiKeyDecider, command: { kind: 'create', key: data } },
        context,
      );
      return { key_id: keyId, key, position };
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
