import { hash } from 'node:crypto';
import { encodeBase32 } from './base32.js';

/** Namespaces of deterministic ids. Frozen: they are part of every stored log. */
const NS_INGEST = namespaceOf('6f1d5a0e-5d0c-5b6e-9a53-0a4c3c1f7a01');
const NS_ENGINE = namespaceOf('6f1d5a0e-5d0c-5b6e-9a53-0a4c3c1f7a02');
const NS_QUARANTINE = namespaceOf('6f1d5a0e-5d0c-5b6e-9a53-0a4c3c1f7a03');
const NS_CUSTOMER = namespaceOf('6f1d5a0e-5d0c-5b6e-9a53-0a4c3c1f7a04');

function namespaceOf(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

/** Room for what is hashed; every event needs an id, and a buffer of its own each time costs as much as the hash. */
let scratch = Buffer.alloc(1_024);

/** UUIDv5 (RFC 9562): the first 128 bits of SHA-1 over namespace and name, but for the version and variant. */
function idOf(namespace: Buffer, parts: readonly string[]): string {
  const text = parts.join('\0');
  if (scratch.length < namespace.length + text.length * 3) scratch = Buffer.alloc(namespace.length + text.length * 3);
  scratch.set(namespace);
  const end = namespace.length + scratch.write(text, namespace.length, 'utf8');
  const digest = hash('sha1', scratch.subarray(0, end), 'hex');
  const variant = ((parseInt(digest.charAt(16), 16) & 3) | 8).toString(16);
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
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
  const hex = idOf(NS_CUSTOMER, [eventId]).replaceAll('-', '');
  return `c_${encodeBase32(Buffer.from(hex, 'hex'))}`;
}
