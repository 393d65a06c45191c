import { createCipheriv, createDecipheriv } from 'node:crypto';
import { EngineError } from '../../contracts/errors.js';
import type { SealedPart, StoredBody } from '../../contracts/events/event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { DataKey } from './vault.port.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The fields of one event by how personal they are. `direct` holds direct and special ones, `quasi` quasi and undeclared ones. */
export interface ClassifiedFields {
  readonly plain: JsonObject;
  readonly hashes: Readonly<Record<string, string>>;
  readonly direct: JsonObject;
  readonly quasi: JsonObject;
}

/** What an encryption is bound to: a part opens only in the event, and for the subject, that it was sealed for. */
export interface SealBinding {
  readonly workspace: string;
  /** As in the vault: `customer/<id>`, `quarantine/<id>`, `workspace`. */
  readonly subject: string;
  readonly eventId: string;
}

export interface SealOptions extends SealBinding {
  /** The subject's key; absent only where `isPersonal` is false. */
  readonly key?: DataKey | undefined;
  /** Fills nonces; see `random-bytes.ts`. */
  readonly randomBytes: (length: number) => Uint8Array;
}

/** True when sealing the fields needs a key. */
export function isPersonal(fields: Pick<ClassifiedFields, 'direct' | 'quasi'>): boolean {
  return !isEmpty(fields.direct) || !isEmpty(fields.quasi);
}

/** The body as the log stores it: at most one sealed part for `direct` and one for `quasi`, none for what is empty. */
export function sealBody(fields: ClassifiedFields, options: SealOptions): StoredBody {
  const sealed: SealedPart[] = [];
  if (!isEmpty(fields.direct)) sealed.push(sealPart('direct', fields.direct, options));
  if (!isEmpty(fields.quasi)) sealed.push(sealPart('quasi', fields.quasi, options));
  return { plain: fields.plain, hashes: fields.hashes, sealed };
}

interface Sealed {
  readonly values: JsonObject;
  readonly key: Uint8Array;
  readonly additional: Buffer;
}

/**
 * What the parts hold that this process sealed and that are still in use: the events of a moment ago are folded as objects, and decrypting
 * them would cost as much as encrypting them did.
 */
const sealedHere = new WeakMap<SealedPart, Sealed>();

/**
 * The values of a sealed part by field name, as they were sealed. Throws `corrupt_event` when the part is damaged, or was sealed with another
 * key or for another event, subject or class.
 */
export function openPart(part: SealedPart, key: Uint8Array, binding: SealBinding): JsonObject {
  const additional = additionalData(part.class, binding);
  const known = sealedHere.get(part);
  if (known?.additional.equals(additional) === true && Buffer.compare(known.key, key) === 0) return known.values;
  const sealed = Buffer.from(part.ct, 'base64');
  const tagAt = sealed.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(part.iv, 'base64'), { authTagLength: TAG_BYTES });
    decipher.setAAD(additional);
    decipher.setAuthTag(sealed.subarray(tagAt));
    const text = decipher.update(sealed.subarray(0, tagAt), undefined, 'utf8') + decipher.final('utf8');
    // What verifies was written by `sealPart` from an object without nulls.
    return JSON.parse(text) as JsonObject;
  } catch (cause) {
    throw new EngineError(
      'corrupt_event',
      `expected the ${part.class} part of event ${binding.eventId} to open, found it damaged`,
      {
        details: { event_id: binding.eventId, key_id: part.key_id },
        cause,
      },
    );
  }
}

function sealPart(piiClass: SealedPart['class'], values: JsonObject, options: SealOptions): SealedPart {
  const { key } = options;
  if (key === undefined) {
    throw new EngineError('internal', `expected a key to seal event ${options.eventId} for ${options.subject}, found none`);
  }
  const iv = options.randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.key, iv);
  const additional = additionalData(piiClass, options);
  cipher.setAAD(additional);
  // The names are sealed with the values, so that nobody can exchange them; `fields` is for those who may not open the part.
  const ct = Buffer.concat([cipher.update(JSON.stringify(values), 'utf8'), cipher.final(), cipher.getAuthTag()]);
  const part: SealedPart = {
    class: piiClass,
    key_id: key.keyId,
    fields: Object.keys(values),
    iv: Buffer.from(iv.buffer, iv.byteOffset, iv.byteLength).toString('base64'),
    ct: ct.toString('base64'),
  };
  // Direct values are opened on request only, and then from a document's copy of the part.
  if (piiClass === 'quasi') sealedHere.set(part, { values, key: key.key, additional });
  return part;
}

function additionalData(piiClass: SealedPart['class'], binding: SealBinding): Buffer {
  return Buffer.from(`${binding.workspace}\0${binding.subject}\0${binding.eventId}\0${piiClass}`, 'utf8');
}

function isEmpty(fields: JsonObject): boolean {
  for (const _field in fields) return false;
  return true;
}
