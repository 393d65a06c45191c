import { crc32 } from 'node:zlib';

const scratch = new Uint8Array(32);
const numbers = new DataView(scratch.buffer);

/** Checksum of a stream's name: computed once a stream, the start of the checksum of each of its rows. */
export function nameChecksum(stream: string): number {
  return crc32(stream);
}

/**
 * CRC-32 over stream, revision, position, id and body: finds every flipped byte, and a row that was moved elsewhere. The deep check of
 * the log and every read compare it.
 */
export function rowChecksum(nameCrc: number, revision: number, position: number, id: Uint8Array, body: Uint8Array): number {
  numbers.setFloat64(0, revision);
  numbers.setFloat64(8, position);
  scratch.set(id, 16);
  return crc32(body, crc32(scratch, nameCrc));
}

/** Checksum of the single row that says which log this is and how far its lookup tables reach. */
export function stateChecksum(storeId: string, indexedTo: number): number {
  return crc32(`${storeId}\0${String(indexedTo)}`);
}
