import { EngineError, isEngineError } from '../contracts/errors.js';
import type { DecodedEvent, DirectReference } from '../contracts/events/decoded-event.js';
import type { RecordedEvent } from '../contracts/events/event.js';
import { parseStored } from '../contracts/events/stored-data.js';
import { parseStreamName } from '../contracts/events/streams.js';
import { upcastName, upcastNames } from '../contracts/events/upcasters.js';
import type { Json, JsonObject } from '../contracts/json.js';
import { openPart } from '../stores/vault/sealing.js';
import { subjectOfStream } from '../stores/vault/subjects.js';
import type { Vault } from '../stores/vault/vault.port.js';
import type { DecodeEvents } from './processor/decoding.js';

/** Makes what the log holds readable for folds. */
export interface Decoder {
  /**
   * Brings events to today's versions, one result each in the given order; an event that cannot be read costs the others nothing.
   * With `opensQuasi`, for events of all or of these types, quasi values are opened and `erased` is told; without, sealed values stay
   * sealed, direct ones are references as they stand, and no key is asked for. Rejects only when the vault is away.
   */
  readonly decode: DecodeEvents;
}

/** What is known of each key that a batch needs: the key, that it was destroyed, or why it does not open. */
type OpenedKeys = ReadonlyMap<string, Uint8Array | 'destroyed' | EngineError>;

const CONTEXT = 'context.';

/** A decoder that opens all keys of a batch at once. */
export function createDecoder({ vault }: { readonly vault: Pick<Vault, 'openKeys'> }): Decoder {
  return {
    async decode(events, { opensQuasi }) {
      const opens = (type: string): boolean => (typeof opensQuasi === 'boolean' ? opensQuasi : opensQuasi.has(type));
      const keyIds = new Set<string>();
      for (const { type, data } of events)
        if (data.sealed.length > 0 && opens(type)) for (const part of data.sealed) keyIds.add(part.key_id);
      const keys = keyIds.size === 0 ? null : await openKeys(vault, [...keyIds]);
      return events.map((recorded) => {
        try {
          return { ok: true, event: decodeEvent(recorded, keys, opens(recorded.type) ? 'open' : 'leave_sealed') };
        } catch (error) {
          return { ok: false, recorded, error };
        }
      });
    },
  };
}

async function openKeys(vault: Pick<Vault, 'openKeys'>, keyIds: readonly string[]): Promise<OpenedKeys> {
  try {
    return await vault.openKeys(keyIds);
  } catch (error) {
    if (!isEngineError(error, 'vault_entry_damaged')) throw error;
    if (keyIds.length === 1) return new Map(keyIds.map((keyId) => [keyId, error]));
    // One damaged key must not hold up the events of all others.
    const halves = [keyIds.slice(0, keyIds.length >> 1), keyIds.slice(keyIds.length >> 1)];
    const opened = await Promise.all(halves.map((half) => openKeys(vault, half)));
    return new Map(opened.flatMap((half) => [...half]));
  }
}

function decodeEvent(recorded: RecordedEvent, keys: OpenedKeys | null, sealed: 'open' | 'leave_sealed'): DecodedEvent {
  const stream = parseStreamName(recorded.stream);
  if (stream === null) {
    throw new EngineError(
      'corrupt_event',
      `expected a stream of the engine, found another name at position ${String(recorded.position)}`,
      {
        details: { position: recorded.position, event_id: recorded.id },
      },
    );
  }
  const { id, type, revision, position, metadata, data: body } = recorded;
  const binding = { workspace: stream.workspace, subject: subjectOfStream(stream), eventId: id };
  const direct: Record<string, DirectReference> = {};
  let fields: JsonObject = body.plain;
  let erased = false;
  for (const part of body.sealed) {
    const key = sealed === 'open' ? keyOf(part.key_id, keys, recorded) : null;
    if (key === 'destroyed') erased = true;
    else if (part.class === 'direct') addReferences(direct, part, recorded);
    else if (key !== null) fields = { ...fields, ...openPart(part, key, binding) };
  }
  const version = metadata.schema_version;
  return {
    id,
    type,
    stream,
    revision,
    position,
    metadata,
    // Direct fields are never here, and quasi ones not always: the contract must not require them.
    data: gatherContext(parseStored(type, version, fields, 'erased')),
    hashes: upcastNames(type, version, body.hashes),
    direct,
    erased,
  };
}

function keyOf(keyId: string, keys: OpenedKeys | null, recorded: RecordedEvent): Uint8Array | 'destroyed' {
  const key = keys?.get(keyId);
  if (key === undefined) {
    throw new EngineError('vault_key_missing', `expected key ${keyId} of event ${recorded.id} in the vault, found nothing`, {
      details: { key_id: keyId, event_id: recorded.id, position: recorded.position },
    });
  }
  if (key instanceof EngineError) throw key;
  return key;
}

function addReferences(
  direct: Record<string, DirectReference>,
  part: RecordedEvent['data']['sealed'][number],
  { id, type, metadata }: RecordedEvent,
): void {
  for (const field of part.fields) {
    const name = upcastName(type, metadata.schema_version, field);
    if (name === undefined) continue;
    direct[name] = { part, field, event_id: id, event_type: type, schema_version: metadata.schema_version };
  }
}

/** `context.<key>` fields become one object under `context`. */
function gatherContext(fields: JsonObject): JsonObject {
  const names = Object.keys(fields);
  if (!names.some((name) => name.startsWith(CONTEXT))) return fields;
  const own: [string, Json][] = [];
  const context: [string, Json][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith(CONTEXT)) context.push([name.slice(CONTEXT.length), value]);
    else own.push([name, value]);
  }
  return Object.fromEntries([...own, ['context', Object.fromEntries(context)]]);
}
