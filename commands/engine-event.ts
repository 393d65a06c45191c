import { ENGINE_SOURCE } from '../contracts/events/sources.js';
import type { EventMetadata, NewEvent, StoredBody } from '../contracts/events/event.js';
import type { JsonObject } from '../contracts/json.js';

export interface EngineEventInput {
  readonly id: string;
  readonly type: string;
  /** A body without personal values, or one that is sealed already. */
  readonly data: JsonObject | StoredBody;
  readonly workspace: string;
  readonly actor: string;
  /** ISO-8601 UTC with milliseconds. */
  readonly at: string;
  readonly schemaVersion?: number;
  /** The event that led to this one; its correlation id is taken over. */
  readonly cause?: { readonly id: string; readonly metadata: Pick<EventMetadata, 'correlation_id' | 'traceparent' | 'backfill'> };
}

/** An event of the engine's own, ready to append. */
export function engineEvent(input: EngineEventInput): NewEvent {
  const { id, cause, at } = input;
  const metadata: EventMetadata = {
    workspace_id: input.workspace,
    message_id: id,
    source: ENGINE_SOURCE,
    schema_version: input.schemaVersion ?? 1,
    occurred_at: at,
    received_at: at,
    correlation_id: cause?.metadata.correlation_id ?? id,
    causation_id: cause?.id ?? id,
    actor: input.actor,
    ...(cause?.metadata.traceparent === undefined ? {} : { traceparent: cause.metadata.traceparent }),
    ...(cause?.metadata.backfill === undefined ? {} : { backfill: cause.metadata.backfill }),
  };
  return { id, type: input.type, data: isStoredBody(input.data) ? input.data : plainBodyOf(input.data), metadata };
}

function plainBodyOf(plain: JsonObject): StoredBody {
  return { plain, hashes: {}, sealed: [] };
}

function isStoredBody(data: JsonObject | StoredBody): data is StoredBody {
  return Array.isArray(data['sealed']) && typeof data['plain'] === 'object';
}
