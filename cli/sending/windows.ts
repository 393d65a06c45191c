import { ingestLimits } from '../../contracts/ingest.js';
import type { InputItem, OutgoingEntry, Refused } from './outgoing-entry.js';

/** A stretch of the input that is sent at once: each lane is one request, and a customer is always in one lane. */
export interface Window {
  readonly lanes: readonly (readonly OutgoingEntry[])[];
  readonly refused: readonly Refused[];
  /** The last line of the stretch. */
  readonly lastLine: number;
}

export interface WindowOptions {
  readonly lanes: number;
  readonly eventsPerRequest?: number;
  readonly requestBytes?: number;
}

const EVENTS = 1_000;
/** Leaves room for what is not counted here. */
const BYTES = ingestLimits.requestBytes - 8_192;
/** So many items close a window, also when most of them are refused. */
const ITEMS_PER_LANE = 2_000;

/** Cuts the input into windows: entries of one customer keep their order, and memory holds two windows at most. */
export async function* windowsOf(items: AsyncIterable<InputItem>, options: WindowOptions): AsyncGenerator<Window> {
  const limits = { events: options.eventsPerRequest ?? EVENTS, bytes: options.requestBytes ?? BYTES };
  let open = emptyWindow(options.lanes);
  for await (const item of items) {
    const sized = sizedItem(item, limits.bytes);
    if (sized.kind === 'refused') {
      open.refused.push(sized.refused);
      open.lastLine = sized.refused.line;
    } else {
      const { entry, bytes } = sized;
      const lane = laneOf(entry.customerKey, options.lanes);
      if (!fits(open, lane, { bytes, limits })) {
        yield open;
        open = emptyWindow(options.lanes);
      }
      open.lanes[lane]?.push(entry);
      open.bytes[lane] = (open.bytes[lane] ?? 0) + bytes;
      open.lastLine = entry.line;
    }
    open.items += 1;
    if (open.items < options.lanes * ITEMS_PER_LANE) continue;
    yield open;
    open = emptyWindow(options.lanes);
  }
  if (open.items > 0) yield open;
}

interface OpenWindow extends Window {
  readonly lanes: OutgoingEntry[][];
  readonly refused: Refused[];
  readonly bytes: number[];
  lastLine: number;
  items: number;
}

function emptyWindow(lanes: number): OpenWindow {
  return { lanes: Array.from({ length: lanes }, () => []), refused: [], bytes: [], lastLine: 0, items: 0 };
}

type SizedItem =
  | { readonly kind: 'entry'; readonly entry: OutgoingEntry; readonly bytes: number }
  | { readonly kind: 'refused'; readonly refused: Refused };

/** An entry that no request can hold is refused here: the engine would refuse the whole request. */
function sizedItem(item: InputItem, limit: number): SizedItem {
  if (item.kind === 'refused') return item;
  const { entry } = item;
  const bytes = Buffer.byteLength(entry.text) + 1;
  if (bytes <= limit) return { ...item, bytes };
  const detail = `expected at most ${ingestLimits.eventBytes} bytes, found ${bytes - 1}`;
  return { kind: 'refused', refused: { line: entry.line, code: 'event_too_large', detail, row: entry.row } };
}

function fits(
  window: OpenWindow,
  lane: number,
  { bytes, limits }: { readonly bytes: number; readonly limits: { readonly events: number; readonly bytes: number } },
): boolean {
  const waiting = window.lanes[lane]?.length ?? 0;
  return waiting === 0 || (waiting < limits.events && (window.bytes[lane] ?? 0) + bytes <= limits.bytes);
}

function laneOf(key: string, lanes: number): number {
  let hash = 0;
  for (let at = 0; at < key.length; at += 1) hash = (hash * 31 + key.charCodeAt(at)) >>> 0;
  return hash % lanes;
}
