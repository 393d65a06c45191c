import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Derived once for each key and purpose: deriving costs more than sealing. */
const derived = new WeakMap<Uint8Array, Map<string, KeyObject>>();

function subkey(key: Uint8Array, purpose: string): KeyObject {
  const ofKey = derived.get(key) ?? new Map<string, KeyObject>();
  derived.set(key, ofKey);
  const known = ofKey.get(purpose);
  if (known !== undefined) return known;
  const made = createSecretKey(Buffer.from(hkdfSync('sha256', key, new Uint8Array(0), `cebe/${purpose}`, 32)));
  ofKey.set(purpose, made);
  return made;
}

function pack(parts: readonly string[]): Buffer {
  const chunks = parts.map((part) => {
    if (uuidPattern.test(part)) return Buffer.concat([Buffer.of(0), Buffer.from(part.replaceAll('-', ''), 'hex')]);
    const bytes = Buffer.from(part, 'utf8');
    const head = Buffer.alloc(3, 1);
    head.writeUInt16BE(bytes.length, 1);
    return Buffer.concat([head, bytes]);
  });
  return Buffer.concat(chunks);
}

function unpack(packed: Buffer): string[] {
  const parts: string[] = [];
  for (let at = 0; at < packed.length;) {
    const end = packed[at] === 0 ? at + 17 : at + 3 + packed.readUInt16BE(at + 1);
    if (packed[at] === 0) {
      const hex = packed.toString('hex', at + 1, end);
      parts.push(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
    } else parts.push(packed.toString('utf8', at + 3, end));
    at = end;
  }
  return parts;
}

/** What a box is bound to: it opens only under the same key, purpose and workspace. */
export interface BoxBinding {
  readonly key: Uint8Array;
  readonly purpose: string;
  readonly workspace: string;
}

/**
 * Encrypts and authenticates strings into base64url. Deterministic: the nonce is a MAC of the content, so that the same content gives the same
 * box, and two contents never share a nonce. Nobody without the key can read, change or make one.
 */
export function sealBox(parts: readonly string[], binding: BoxBinding): string {
  const packed = pack(parts);
  const aad = Buffer.from(`${String(FORMAT)}\0${binding.workspace}`);
  const nonce = createHmac('sha256', subkey(binding.key, `${binding.purpose}/nonce`))
    .update(aad)
    .update('\0')
    .update(packed)
    .digest();
  const iv = nonce.subarray(0, NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', subkey(binding.key, `${binding.purpose}/seal`), iv);
  cipher.setAAD(aad);
  const sealed = Buffer.concat([cipher.update(packed), cipher.final()]);
  return Buffer.concat([Buffer.of(FORMAT), iv, sealed, cipher.getAuthTag()]).toString('base64url');
}

/** The strings of a box, or null for anything that `sealBox` did not make under this binding. */
export function openBox(box: string, binding: BoxBinding): readonly string[] | null {
  if (!/^[A-Za-z0-9_-]{40,4000}$/.test(box)) return null;
  const bytes = Buffer.from(box, 'base64url');
  if (bytes[0] !== FORMAT || bytes.toString('base64url') !== box) return null;
  const iv = bytes.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', subkey(binding.key, `${binding.purpose}/seal`), iv, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(`${String(FORMAT)}\0${binding.workspace}`));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return unpack(Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_BYTES, -TAG_BYTES)), decipher.final()]));
  } catch {
    return null;
  }
}
