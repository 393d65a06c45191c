import { createHash } from 'node:crypto';
import { canonicalJson } from '../../contracts/canonical-json.js';
import type { PlainData } from '../../contracts/events/event-contracts.js';
import type { Position, RecordedEvent } from '../../contracts/events/event.js';

/** What was erased, where, when and by whom. Times are ISO-8601 UTC with milliseconds. */
export interface ErasureCertificate {
  readonly erasure_id: string;
  readonly workspace: string;
  readonly customers: readonly string[];
  readonly cause: string;
  /** Who had it done. */
  readonly actor: string;
  readonly started_at: string;
  readonly completed_at: string;
  readonly done: Omit<PlainData<'erasure.completed'>, 'customers' | 'at' | 'remains'>;
  /** What is not in the engine's hands. */
  readonly remains: {
    readonly providers: PlainData<'erasure.completed'>['remains'];
    readonly notes: readonly string[];
  };
  /** SHA-256 of the canonical JSON of everything else in it, as hexadecimal digits. */
  readonly hash: string;
}

/** A certificate, and where its last event stands in the log, which changes when the log is migrated. */
export interface CertifiedErasure {
  readonly certificate: ErasureCertificate;
  readonly position: Position;
}

const notes = [
  'The log and its backups hold ids, times, amounts and keyed hashes; personal values in them cannot be decrypted by anybody.',
  'Backups of the vault made before the erasure hold the wrapped key until their retention ends; restoring one destroys the key again.',
  'Backups of documents made before the erasure hold attributes that rules use, until their retention ends.',
  'Keyed hashes of the identifiers stay, so that they are recognised when they come back, and on the suppression list.',
  'A provider of messages keeps what it was given for as long as its own retention says; ask it to delete the messages counted here.',
];

/** The certificate that the events of an erasure amount to; null while it is not completed. */
export function certificateOf(workspace: string, erasureId: string, events: readonly RecordedEvent[]): CertifiedErasure | null {
  const started = events.find(({ type }) => type === 'erasure.started');
  const completed = events.find(({ type }) => type === 'erasure.completed');
  if (started === undefined || completed === undefined) return null;
  // As their contracts have it.
  const { cause } = started.data.plain as PlainData<'erasure.started'>;
  const { customers, at, remains, ...done } = completed.data.plain as PlainData<'erasure.completed'>;
  const content = {
    erasure_id: erasureId,
    workspace,
    customers,
    cause,
    actor: started.metadata.actor,
    started_at: started.metadata.occurred_at,
    completed_at: at,
    done,
    remains: { providers: remains, notes },
  };
  const hash = createHash('sha256').update(canonicalJson(content)).digest('hex');
  return { certificate: { ...content, hash }, position: completed.position };
}
