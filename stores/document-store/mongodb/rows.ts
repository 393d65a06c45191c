import type { ObjectId } from 'mongodb';
import type { JsonObject } from '../../../contracts/json.js';
import type { StoredDocument } from '../document-store.port.js';
import { fromStoredBody, type StoredBody } from './stored-form.js';

/** A document or tombstone as a collection holds it. */
export interface DocumentRow {
  readonly _id: string;
  readonly position: bigint;
  /** In ms since 1970; 0 for tombstones, so that one comparison tells what queries see. */
  readonly shown_until: number;
  readonly expires_at?: number;
  /** Of the call that wrote it: by this an outcome that is not known is looked up. */
  readonly token: ObjectId;
  readonly body?: StoredBody;
}

/** What the store keeps about itself, in one collection: `<kind>/<name>`. */
export interface ControlRow {
  readonly _id: string;
  /** Of a lease, or of the lease under which a checkpoint was written. */
  readonly holder?: string;
  readonly lease?: string;
  readonly epoch?: bigint;
  readonly expires_at?: number;
  /** Of a checkpoint. */
  readonly position?: bigint;
  /** Of the row that says which log the documents follow. */
  readonly log?: string;
  /** Of a collection: true when its documents hold arrays in two paths of one index, which MongoDB refuses; its indexes then end at the first path. */
  readonly narrow?: boolean;
}

/** Shown for ever. */
export const FOR_EVER = Number.MAX_SAFE_INTEGER;

/** The document or tombstone in the row. */
export function documentOf(row: DocumentRow): StoredDocument {
  return { id: row._id, position: row.position, body: row.body === undefined ? null : fromStoredBody(row.body) };
}

/** The document in a row that is no tombstone. */
export function shownDocumentOf(row: DocumentRow): StoredDocument & { readonly body: JsonObject } {
  return { id: row._id, position: row.position, body: fromStoredBody(row.body ?? {}) };
}
