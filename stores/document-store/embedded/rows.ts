import type { Json, JsonObject } from '../../../contracts/json.js';
import type { DocumentPatch, DocumentWrite, StoredDocument } from '../document-store.port.js';
import { encodeBody } from '../encode-body.js';
import { NOTHING, type PatchRows, type Rows, type WriteRows } from './protocol.js';

/** The writes as they go to the worker; refuses (`invalid_input`) bodies that cannot be stored. */
export function encodeWrites(writes: readonly DocumentWrite[]): WriteRows {
  return {
    ids: writes.map((write) => write.id),
    positions: BigInt64Array.from(writes, (write) => write.position),
    expected: BigInt64Array.from(writes, (write) => (write.expected === 'none' ? NOTHING : write.expected)),
    bodies: writes.map((write) => (write.body === null ? null : encodeBody(write.body, write.id))),
    expiries: writes.map((write) => write.expires_at ?? null),
  };
}

/** The patch as it goes to the worker; refuses (`invalid_input`) a value that cannot be stored. */
export function encodePatch({ value, ...patch }: DocumentPatch): PatchRows {
  // What is refused is named by its place in the body.
  const nested = patch.path.reduceRight<Json | undefined>(
    (inner, key) => (inner === undefined ? undefined : { [key]: inner }),
    value,
  );
  if (nested !== undefined) encodeBody(nested as JsonObject, patch.ids[0] ?? '');
  return { ...patch, json: value === undefined ? null : JSON.stringify(value) };
}

/** The documents and tombstones in rows of the worker. A body is parsed when it is asked for: until then it is but one text. */
export function decodeRows(rows: Rows): readonly StoredDocument[] {
  return rows.ids.map((id, index) => {
    const json = rows.bodies[index] ?? null;
    let body: JsonObject | undefined;
    return {
      id,
      position: positionOf(rows, index),
      get body() {
        return json === null ? null : (body ??= parse(json));
      },
    };
  });
}

/** The documents in rows of the worker that hold no tombstones. */
export function decodeDocuments(rows: Rows): readonly (StoredDocument & { readonly body: JsonObject })[] {
  return rows.ids.map((id, index) => ({ id, position: positionOf(rows, index), body: parse(rows.bodies[index] ?? '{}') }));
}

function positionOf(rows: Rows, index: number): bigint {
  return rows.positions[index] ?? 0n;
}

function parse(json: string): JsonObject {
  // Only objects are ever written, by encodeWrites.
  return JSON.parse(json) as JsonObject;
}
