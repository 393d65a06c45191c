import { latestTime, prepareEntry } from '../../commands/ingest/prepare-entry.js';
import { isoInstant } from '../../runtime/clock.js';
import type { CountryCode } from '../../domain/identity/normalisers.js';
import type { InputItem, Refused } from '../sending/outgoing-entry.js';
import { createRefusals, type Refusals } from '../sending/refusals.js';

/** What an import would send, and what the engine would refuse of it. */
export interface DryRun {
  readonly events: number;
  readonly refused: number;
  readonly refusals: Refusals;
  /** The first events. */
  readonly examples: readonly unknown[];
}

export interface DryRunOptions {
  readonly unknownTypes: 'accept' | 'quarantine';
  readonly defaultCountry: string;
  /** ms since 1970. */
  readonly now: number;
  readonly onRefused: (refused: Refused) => Promise<void>;
}

const EXAMPLES = 3;

/** Reads the whole input and holds each event against its contract, as the engine would; nothing is sent. */
export async function dryRun(items: AsyncIterable<InputItem>, options: DryRunOptions): Promise<DryRun> {
  const refusals = createRefusals();
  const examples: unknown[] = [];
  const counts = { events: 0, refused: 0 };
  for await (const item of items) {
    const refused = item.kind === 'refused' ? item.refused : refusalOf(item.entry, options);
    if (item.kind === 'entry' && refused === null && examples.length < EXAMPLES) examples.push(JSON.parse(item.entry.text));
    counts[refused === null ? 'events' : 'refused'] += 1;
    if (refused === null) continue;
    refusals.add([refused]);
    await options.onRefused(refused);
  }
  return { ...counts, refusals, examples };
}

function refusalOf(
  entry: { readonly line: number; readonly text: string; readonly row: unknown },
  { unknownTypes, defaultCountry, now }: DryRunOptions,
): Refused | null {
  const context = {
    index: 0,
    receivedAt: isoInstant(now),
    latest: latestTime(now),
    workspace: 'dry_run',
    source: 'dry_run',
    // Countries are checked when a workspace is set; the library takes any two letters.
    policy: { unknownTypes, defaultCountry: defaultCountry as CountryCode },
    lookUpKey: new Uint8Array(32),
  };
  // JSON.parse declares any; preparing an entry takes anything.
  const result = prepareEntry({ kind: 'json', value: JSON.parse(entry.text) as unknown }, context);
  if (!('code' in result)) return null;
  const { code, detail, pointer, messageId } = result;
  const { line, row } = entry;
  return {
    line,
    code,
    detail,
    ...(pointer === undefined ? {} : { pointer }),
    ...(messageId === undefined ? {} : { message_id: messageId }),
    row,
  };
}
