/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const damageCodes: readonly number[] = [11, 26];
const damageMessages = /malformed|not a database/;

/** Whether the driver found the file damaged; it leaves the code out of what stepping through rows throws. */
export function isDamage(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if ('errcode' in error && typeof error.errcode === 'number') return damageCodes.includes(error.errcode & 0xff);
  return damageMessages.test(error.message);
}

/** What helps: nothing stands in the file that is not in the log. */
export function rebuildAdvice(file: string): string {
  return `it holds nothing that is not in the log: stop the engine, delete ${file} with its -wal and -shm files, and the next start rebuilds it`;
}
