import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The CDNOW purchases that come with this program: two folders up in the sources, three in the built program. */
export function sampleFile(): string {
  const near = fileURLToPath(new URL('../../samples/cdnow/CDNOW_master.txt', import.meta.url));
  return existsSync(near) ? near : fileURLToPath(new URL('../../../samples/cdnow/CDNOW_master.txt', import.meta.url));
}
