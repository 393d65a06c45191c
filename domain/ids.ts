import { v5 as uuidV5 } from 'uuid';
import { encodeBase32 } from './base32.js';

/** Namespaces of deterministic ids. Frozen: they are part of every stored log. */
const NS_INGEST = '6f1d5a0e-5d0c-5b6e-9a53-0a4c3c1f7a01';
const NS_ENGINE = '6f1d5a0e-5d0c-5b6e-9a53-0a4c3c1f7a02';
const NS_QUARANTINE = '6f1d5a0e-5d0c-5b6e-9a53-0a4c3c1f7a03';
const NS_CUSTOMER = '6f1d5a0e-5d0c-5b6e-9a53-0a4c3c1f7a04';

function idOf(namespace: string, parts: readonly string[]): string {
  return uuidV5(parts.join('\0'), namespace);
}

/** The id of a module's event: the same message of the same source is the same event for ever. */
export function ingestEventId(workspace: string, source: string, messageId: string): string {
  return idOf(NS_INGEST, [workspace, source, messageId]);
}

/** The id of an event or thing that the engine makes, from what caused it; no module can reach this namespace. */
export function engineId(...cause: readonly string[]): string {
  return idOf(NS_ENGINE, cause);
}

/** The id of a refused entry's stream. */
export function quarantineId(workspace: string, source: string, messageId: string, bodyHash: string): string {
  return idOf(NS_QUARANTINE, [workspace, source, messageId, bodyHash]);
}

/** The customer that is minted for an event nobody owns: a repeat mints the same one. */
export function mintedCustomerId(eventId: string): string {
  const hex = uuidV5(eventId, NS_CUSTOMER).replaceAll('-', '');
  return `c_${encodeBase32(Buffer.from(hex, 'hex'))}`;
}
