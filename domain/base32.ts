const alphabet = Buffer.from('abcdefghijklmnopqrstuvwxyz234567', 'latin1');

/** RFC 4648 base32 in lower case without padding. */
export function encodeBase32(bytes: Uint8Array): string {
  const digits = Buffer.allocUnsafe(Math.ceil((bytes.length * 8) / 5));
  let at = 0;
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      digits[at] = alphabet[(value >> bits) & 31] ?? 0;
      at += 1;
    }
  }
  if (bits > 0) digits[at] = alphabet[(value << (5 - bits)) & 31] ?? 0;
  return digits.toString('latin1');
}
