import { EventStoreDBClient } from '@eventstore/db-client';
import { EngineError } from '../../../contracts/errors.js';
import { checkOptions, withoutCredentials } from './connection-options.js';

/** The process's client, held by one user of it. */
export interface Connection {
  readonly client: EventStoreDBClient;
  /** Where it leads, for error texts: without credentials and options. */
  readonly address: string;
  /** The last one to release disposes the client; only what is drained may be released. */
  release(): Promise<void>;
}

interface Shared {
  readonly connectionString: string;
  readonly client: EventStoreDBClient;
  users: number;
}

/** One client a process: its pending appends are global, so that disposing a second client would reject those of the first. */
let shared: Shared | undefined;

/** Takes the process's client, made from `connectionString` by the first one; all its options pass through. */
export function connect(connectionString: string): Connection {
  const address = addressOf(connectionString);
  if (shared !== undefined && shared.connectionString !== connectionString) {
    throw new EngineError(
      'config_invalid',
      `Expected one EventStoreDB a process, found ${address} beside ${addressOf(shared.connectionString)}`,
    );
  }
  const held = (shared ??= { connectionString, client: createClient(connectionString, address), users: 0 });
  held.users += 1;
  return {
    client: held.client,
    address,
    async release() {
      held.users -= 1;
      if (held.users > 0) return;
      if (shared === held) shared = undefined;
      await held.client.dispose();
    },
  };
}

/** Scheme and hosts of a connection string, nothing else of it. */
export function addressOf(connectionString: string): string {
  const [, scheme, rest] = /^\s*([^:/?#@]+:\/\/)(.*)$/s.exec(connectionString) ?? [];
  if (scheme === undefined || rest === undefined) return 'an EventStoreDB without an address';
  // A password may hold whatever it likes; what follows the last @ is not part of it.
  const hosts = rest.slice(rest.lastIndexOf('@') + 1);
  return `${scheme}${/^[^/?#]*/.exec(hosts)?.[0] ?? ''}`;
}

/** Throws `config_invalid` for a connection string that no client is made from; nothing is connected. */
export function checkConnectionString(connectionString: string): void {
  createClient(connectionString, addressOf(connectionString));
}

function createClient(connectionString: string, address: string): EventStoreDBClient {
  checkOptions(connectionString, address);
  try {
    return EventStoreDBClient.connectionString(connectionString);
  } catch {
    // The client's own text, and so the cause, holds the whole string with its password.
    const reason = reasonWithoutCredentials(connectionString);
    throw new EngineError(
      'config_invalid',
      `Expected a connection string esdb://… or esdb+discover://…, found one for ${address} that cannot be read: ${reason}`,
    );
  }
}

/** What the client says of the same string without user and password. */
function reasonWithoutCredentials(connectionString: string): string {
  const rest = withoutCredentials(connectionString);
  const unescaped = 'in its user or password are characters that must be written in percent-encoding';
  if (rest.includes('@')) return unescaped;
  try {
    EventStoreDBClient.connectionString(rest);
    return unescaped;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
