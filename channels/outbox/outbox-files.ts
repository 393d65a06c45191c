import { open } from 'node:fs/promises';

const HEAD_BYTES = 16_384;

/** The code of a system error, `unknown` for anything else. */
export function systemErrorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'unknown';
}

/** The first bytes of a file, enough for all its headers; null when there is no such file. */
export async function readHead(path: string): Promise<Buffer | null> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  });
  if (handle === null) return null;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The Message-ID of a stored message, without angle brackets; null when there is no such file. */
export async function readMessageId(path: string): Promise<string | null> {
  const head = await readHead(path);
  return head === null ? null : (/^Message-ID:\s+<([^>]+)>/im.exec(head.toString('latin1'))?.[1] ?? '');
}
