import { readUuid, writeUuid } from './uuid-bytes.js';

/** An append on its way to the writer: events as JSON text, revisions as numbers, -1 for no stream. */
export interface AppendOrder {
  readonly kind: 'append' | 'append_once';
  readonly stream: string;
  /** The expected revision, or for `append_once` the revision to look behind. */
  readonly after: number;
  readonly events: readonly { readonly id: string; readonly body: string }[];
}

/** An event as the writer sees it: `key` is `id` as a string of 16 latin-1 characters, for maps. */
export interface FramedEvent {
  readonly id: Uint8Array;
  readonly key: string;
  readonly body: Uint8Array;
}

/** An append as the writer sees it; its byte arrays are views of the group's one buffer. */
export interface FramedAppend {
  readonly kind: 'append' | 'append_once';
  readonly stream: string;
  readonly after: number;
  readonly events: readonly FramedEvent[];
}

const APPEND_HEAD = 1 + 8 + 4 + 4;
const EVENT_HEAD = 16 + 4;

/** Packs a group into one buffer to transfer: a buffer costs the two threads a fraction of cloning the objects. */
export function packAppends(orders: readonly AppendOrder[]): ArrayBuffer {
  let size = 4;
  for (const order of orders) {
    size += APPEND_HEAD + order.stream.length * 3;
    for (const event of order.events) size += EVENT_HEAD + Buffer.byteLength(event.body);
  }
  const buffer = Buffer.allocUnsafeSlow(size);
  let at = buffer.writeUInt32LE(orders.length, 0);
  for (const order of orders) {
    at = buffer.writeUInt8(order.kind === 'append' ? 0 : 1, at);
    at = buffer.writeDoubleLE(order.after, at);
    at = buffer.writeUInt32LE(order.events.length, at);
    at = writeText(buffer, order.stream, at);
    for (const event of order.events) {
      writeUuid(buffer, at, event.id);
      at = writeText(buffer, event.body, at + 16);
    }
  }
  return buffer.buffer;
}

/** What `packAppends` packed. */
export function unpackAppends(packed: ArrayBuffer): readonly FramedAppend[] {
  const buffer = Buffer.from(packed);
  const appends: FramedAppend[] = [];
  let at = 4;
  for (let left = buffer.readUInt32LE(0); left > 0; left -= 1) {
    const kind = buffer[at] === 0 ? 'append' : 'append_once';
    const after = buffer.readDoubleLE(at + 1);
    const count = buffer.readUInt32LE(at + 9);
    const nameLength = buffer.readUInt32LE(at + 13);
    at += APPEND_HEAD;
    const stream = buffer.toString('utf8', at, at + nameLength);
    at += nameLength;
    const events: FramedEvent[] = [];
    for (let event = 0; event < count; event += 1) {
      const length = buffer.readUInt32LE(at + 16);
      const body = at + EVENT_HEAD;
      events.push({
        id: buffer.subarray(at, at + 16),
        key: buffer.toString('latin1', at, at + 16),
        body: buffer.subarray(body, body + length),
      });
      at = body + length;
    }
    appends.push({ kind, stream, after, events });
  }
  return appends;
}

/** The UUID of an event, for messages. */
export function eventIdText(id: Uint8Array): string {
  return readUuid(id, 0);
}

function writeText(buffer: Buffer, text: string, at: number): number {
  const length = buffer.write(text, at + 4);
  buffer.writeUInt32LE(length, at);
  return at + 4 + length;
}
