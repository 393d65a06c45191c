import type { EventMetadata, RecordedEvent, StoredBody } from '../../../contracts/events/event.js';
import type { LogRow } from './log-rows.js';
import { readUuid } from './uuid-bytes.js';

const ROW_HEAD = 8 + 8 + 16 + 4 + 4;

/** Bytes that a row takes when it is packed. */
export function packedSize(row: LogRow): number {
  return ROW_HEAD + row.stream.length * 3 + row.body.length;
}

/** Packs rows into one buffer to transfer. */
export function packRows(rows: readonly LogRow[]): ArrayBuffer {
  const buffer = Buffer.allocUnsafeSlow(rows.reduce((size, row) => size + packedSize(row), 4));
  let at = buffer.writeUInt32LE(rows.length, 0);
  for (const row of rows) {
    at = buffer.writeDoubleLE(row.position, at);
    at = buffer.writeDoubleLE(row.revision, at);
    buffer.set(row.id, at);
    const nameLength = buffer.write(row.stream, at + 24);
    at = buffer.writeUInt32LE(nameLength, at + 16);
    at = buffer.writeUInt32LE(row.body.length, at) + nameLength;
    buffer.set(row.body, at);
    at += row.body.length;
  }
  return buffer.buffer;
}

/** The events that `packRows` packed. */
export function unpackEvents(packed: ArrayBuffer): RecordedEvent[] {
  const buffer = Buffer.from(packed);
  const events: RecordedEvent[] = [];
  let at = 4;
  for (let left = buffer.readUInt32LE(0); left > 0; left -= 1) {
    const nameEnd = at + ROW_HEAD + buffer.readUInt32LE(at + 32);
    const end = nameEnd + buffer.readUInt32LE(at + 36);
    const { type, data, metadata } = parseBody(buffer.toString('utf8', nameEnd, end));
    events.push({
      id: readUuid(buffer, at + 16),
      type,
      data,
      metadata,
      stream: buffer.toString('utf8', at + ROW_HEAD, nameEnd),
      revision: BigInt(buffer.readDoubleLE(at + 8)),
      position: BigInt(buffer.readDoubleLE(at)),
    });
    at = end;
  }
  return events;
}

/** What a row's body holds; only bodies whose checksum was verified come here. */
export interface RowBody {
  readonly type: string;
  readonly data: StoredBody;
  readonly metadata: EventMetadata;
}

/** The text that is stored as an event's body. Throws TypeError for what JSON cannot hold. */
export function bodyText({ type, data, metadata }: RowBody): string {
  return JSON.stringify({ type, data, metadata });
}

/** Reads a stored body. */
export function parseBody(text: string): RowBody {
  // Written by bodyText and unchanged since, as the row's checksum says.
  return JSON.parse(text) as RowBody;
}
