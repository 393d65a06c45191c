import { open } from 'node:fs/promises';
import type { Refused } from './outgoing-entry.js';

/** What was refused, one line of JSON each: line, code, detail, pointer, and the row itself. */
export interface RejectFile {
  /** Appends, and answers the length of the file in bytes once it is written. */
  write(refused: readonly Refused[]): Promise<number>;
  close(): Promise<void>;
}

/** Opens the file, readable by its owner only, and cuts what is there to `length` bytes (0: begins anew). */
export async function openRejectFile(path: string, length: number): Promise<RejectFile> {
  const file = await open(path, length === 0 ? 'w' : 'a', 0o600);
  let size = Math.min(length, (await file.stat()).size);
  await file.truncate(size);
  return {
    async write(refused) {
      if (refused.length === 0) return size;
      const text = refused.map((one) => `${JSON.stringify(one)}\n`).join('');
      await file.appendFile(text);
      size += Buffer.byteLength(text);
      return size;
    },
    close: () => file.close(),
  };
}
