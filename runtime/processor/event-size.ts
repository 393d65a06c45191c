import type { RecordedEvent } from '../../contracts/events/event.js';
import type { Json } from '../../contracts/json.js';

/** About how many bytes an event takes in memory: cheap, for bounds only. */
export function approximateSize(event: RecordedEvent): number {
  let size = 600;
  for (const part of event.data.sealed) size += part.ct.length;
  for (const key in event.data.plain) size += approximateValue(event.data.plain[key]);
  return size;
}

function approximateValue(value: Json | undefined): number {
  if (typeof value === 'string') return value.length;
  // Lists in events hold ids and small objects.
  if (Array.isArray(value)) return value.length * 64;
  return 64;
}
