import type { DecodedEvent, DirectReference } from '../../contracts/events/decoded-event.js';
import { parseStreamName, type StreamRef } from '../../contracts/events/streams.js';
import type { JsonObject } from '../../contracts/json.js';

/** What a test says about an event as folds see it; the rest is made up. */
export interface EventSketch {
  readonly type: string;
  /** `customer-w1.70012` */
  readonly stream: string;
  readonly at: string;
  readonly revision?: number;
  readonly position?: number;
  readonly source?: string;
  readonly data?: JsonObject;
  readonly hashes?: Readonly<Record<string, string>>;
  /** Names of direct fields. */
  readonly direct?: readonly string[];
  readonly backfill?: string;
}

/** An event as folds see it. */
export function decodedEvent(sketch: EventSketch): DecodedEvent {
  const id = `${sketch.stream}#${String(sketch.revision ?? 0)}`;
  return {
    id,
    type: sketch.type,
    stream: streamOf(sketch.stream),
    revision: BigInt(sketch.revision ?? 0),
    position: BigInt(sketch.position ?? sketch.revision ?? 0),
    metadata: {
      workspace_id: streamOf(sketch.stream).workspace,
      message_id: id,
      source: sketch.source ?? 'cdp',
      schema_version: 1,
      occurred_at: sketch.at,
      received_at: sketch.at,
      correlation_id: id,
      causation_id: id,
      actor: 'test',
      ...(sketch.backfill === undefined ? {} : { backfill: sketch.backfill }),
    },
    data: sketch.data ?? {},
    hashes: sketch.hashes ?? {},
    direct: Object.fromEntries((sketch.direct ?? []).map((field) => [field, referenceTo(field, { id, type: sketch.type })])),
    erased: false,
  };
}

function referenceTo(field: string, event: { readonly id: string; readonly type: string }): DirectReference {
  return {
    part: { class: 'direct', key_id: 'k1', fields: [field], iv: 'aXY=', ct: 'Y3Q=' },
    field,
    event_id: event.id,
    event_type: event.type,
    schema_version: 1,
  };
}

function streamOf(name: string): StreamRef {
  const stream = parseStreamName(name);
  if (stream === null) throw new Error(`Expected a stream name, found ${name}.`);
  return stream;
}
