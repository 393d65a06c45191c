import type { NewEvent } from '../../contracts/events/event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { Identifier } from '../../domain/identity/identifiers.js';
import type { IdentifiedFact } from '../../domain/identity/owner.decider.js';
import { sealBody, type SealOptions } from '../../stores/vault/sealing.js';
import type { DataKey } from '../../stores/vault/vault.port.js';
import { engineEvent } from '../engine-event.js';
import type { Candidate } from './candidate.js';

export interface BuildContext {
  readonly workspace: string;
  readonly source: string;
  readonly actor: string;
  /** ISO-8601 UTC with milliseconds. */
  readonly receivedAt: string;
  readonly backfill?: string;
  readonly traceparent?: string;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** Whose the events are: the vault's subject, such as `customer/70012`, and its key. */
export interface Owner {
  readonly subject: string;
  readonly key: DataKey | undefined;
}

/** A module's event as the log holds it. */
export function moduleEvent(candidate: Candidate, owner: Owner, context: BuildContext): NewEvent {
  const { eventId } = candidate;
  return {
    id: eventId,
    type: candidate.type,
    data: sealBody(candidate.fields, sealOptions(eventId, owner, context)),
    metadata: {
      workspace_id: context.workspace,
      message_id: candidate.messageId,
      source: context.source,
      schema_version: candidate.schemaVersion,
      occurred_at: candidate.occurredAt,
      received_at: context.receivedAt,
      correlation_id: eventId,
      causation_id: eventId,
      actor: context.actor,
      ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
      ...(context.backfill === undefined ? {} : { backfill: context.backfill }),
      body_hash: candidate.bodyHash,
      ...(candidate.planned.violations.length === 0 ? {} : { violations: candidate.planned.violations }),
    },
  };
}

/** The fact that identifiers were seen together, caused by the event that named them. */
export function identifiedEvent(
  fact: IdentifiedFact<Identifier>,
  { candidate, owner }: { readonly candidate: Candidate; readonly owner: Owner },
  context: BuildContext,
): NewEvent {
  const plain: JsonObject = fact.conflictsWith.length === 0 ? {} : { conflicts_with: fact.conflictsWith };
  const hashes = Object.fromEntries(fact.identifiers.map(({ kind, hash }) => [kind, hash]));
  const direct = Object.fromEntries(fact.identifiers.map(({ kind, value }) => [kind, value]));
  return engineEvent({
    id: fact.eventId,
    type: 'customer.identified',
    data: sealBody({ plain, hashes, direct, quasi: {} }, sealOptions(fact.eventId, owner, context)),
    workspace: context.workspace,
    actor: context.actor,
    at: context.receivedAt,
    cause: {
      id: candidate.eventId,
      metadata: { correlation_id: candidate.eventId, ...(context.backfill === undefined ? {} : { backfill: context.backfill }) },
    },
  });
}

function sealOptions(eventId: string, { subject, key }: Owner, { workspace, randomBytes }: BuildContext): SealOptions {
  return { workspace, subject, eventId, key, randomBytes };
}
