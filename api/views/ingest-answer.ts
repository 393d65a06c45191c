import type { IngestAnswer, Receipt } from '../../commands/ingest/receipts.js';
import type { IngestAnswer as WireAnswer } from '../../contracts/ingest.js';
import type { Position } from '../../contracts/events/event.js';
import type { ImportCounts } from '../../contracts/read-models/imports.port.js';

/** The answer as it leaves the engine: positions as opaque strings. */
export function ingestAnswer(answer: IngestAnswer, encode: (position: Position) => string): WireAnswer {
  return {
    receipts: answer.receipts.map(({ warnings, ...receipt }) => ({
      ...receipt,
      position: encode(receipt.position),
      ...(warnings === undefined ? {} : { warnings: [...warnings] }),
    })),
    position: encode(answer.position),
  };
}

/** How many of each kind there are. */
export function countReceipts(receipts: readonly Receipt[]): ImportCounts {
  const counts = { received: receipts.length, accepted: 0, duplicate: 0, quarantined: 0 };
  for (const { status } of receipts) counts[status] += 1;
  return counts;
}
