const hexPairs: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const nibbles = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 16; digit += 1) nibbles[digit.toString(16).charCodeAt(0)] = digit;

/** True for a lower-case UUID of the form 8-4-4-4-12. */
export function isUuid(id: string): boolean {
  if (id.length !== 36) return false;
  for (let index = 0; index < 36; index += 1) {
    const code = id.charCodeAt(index);
    if (index === 8 || index === 13 || index === 18 || index === 23) {
      if (code !== 45) return false;
    } else if (code > 127 || (nibbles[code] ?? -1) < 0) return false;
  }
  return true;
}

/** Writes the 16 bytes of a UUID that `isUuid` accepts. */
export function writeUuid(target: Uint8Array, offset: number, id: string): void {
  let at = offset;
  for (let index = 0; index < 36; index += 2) {
    if (index === 8 || index === 13 || index === 18 || index === 23) index += 1;
    target[at] = ((nibbles[id.charCodeAt(index)] ?? 0) << 4) | (nibbles[id.charCodeAt(index + 1)] ?? 0);
    at += 1;
  }
}

/** The lower-case UUID that 16 bytes stand for. */
export function readUuid(source: Uint8Array, offset: number): string {
  let text = '';
  for (let index = 0; index < 16; index += 1) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-';
    text += hexPairs[source[offset + index] ?? 0] ?? '';
  }
  return text;
}
