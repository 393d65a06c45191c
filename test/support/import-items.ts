import type { InputItem, OutgoingEntry, Refused } from '../../cli/sending/outgoing-entry.js';

/** The given texts as chunks of bytes, cut where a reader would not expect it. */
export async function* chunksOf(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, 'utf8');
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What an input gave: the events, parsed, and what was refused. */
export async function readItems(items: AsyncIterable<InputItem>): Promise<{
  readonly entries: readonly OutgoingEntry[];
  readonly events: readonly Record<string, unknown>[];
  readonly refused: readonly Refused[];
}> {
  const entries: OutgoingEntry[] = [];
  const refused: Refused[] = [];
  for await (const item of items) {
    if (item.kind === 'entry') entries.push(item.entry);
    else refused.push(item.refused);
  }
  // Entries of mapped inputs are JSON objects.
  return { entries, events: entries.map(({ text }) => JSON.parse(text) as Record<string, unknown>), refused };
}
