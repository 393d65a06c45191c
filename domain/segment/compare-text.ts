/** Below zero, zero or above: the order of two texts by code point, as document stores order them (`<` orders by UTF-16 unit). */
export function compareText(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    const one = a.charCodeAt(at);
    const other = b.charCodeAt(at);
    if (one === other) continue;
    // Surrogates stand for code points above all others, but below U+E000 to U+FFFF as units.
    const bothHigh = one >= 0xd800 && other >= 0xd800;
    return bothHigh && isSurrogate(one) !== isSurrogate(other) ? (isSurrogate(one) ? 1 : -1) : one - other;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
