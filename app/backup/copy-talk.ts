import type { CopyLogOptions } from './copy-log.js';
import type { CopySource } from './copy-source.js';

/** How a long copy is stopped and shown. */
export interface CopyTalk {
  readonly signal: AbortSignal;
  /** Shows one part of it; `total` and what is done are counted in `unit`. */
  readonly progress: (part: { readonly label: string; readonly total: number; readonly unit: string }) => CopyProgress;
}

export interface CopyProgress {
  update(done: number): void;
  finish(): void;
}

/** Showing each event would cost more than copying it. */
const EVERY = 256;

/** Shows parts one after the other, each from its first `at` on; `finish` ends the last. */
export function parts({ progress }: CopyTalk): { at(label: string, done: number, of: Readonly<Total>): void; finish(): void } {
  const shown: { label: string; bar: CopyProgress; calls: number }[] = [];
  return {
    at(label, done, { total, unit }) {
      let part = shown.at(-1);
      if (part?.label !== label) {
        part?.bar.finish();
        part = { label, bar: progress({ label, total, unit }), calls: 0 };
        shown.push(part);
      }
      part.calls += 1;
      if (part.calls % EVERY === 0 || done === total) part.bar.update(done);
    },
    finish: () => shown.at(-1)?.bar.finish(),
  };
}

interface Total {
  readonly total: number;
  readonly unit: string;
}

/** Shows how far a source is while `work` goes through it, and how far the comparison behind it; what is shown ends with the work. */
export async function shown<Result>(
  talk: CopyTalk,
  { label, source }: { readonly label: string; readonly source: CopySource },
  work: (options: CopyLogOptions) => Promise<Result>,
): Promise<Result> {
  // Positions of servers are places in their files.
  const unit = source.positions === 'counted' ? 'events' : 'bytes of the log';
  const total = Number(source.head + 1n);
  const bars = parts(talk);
  try {
    return await work({
      signal: talk.signal,
      onProgress: (place) => bars.at(label, Number(place + 1n), { total, unit }),
      onVerified: (done, events) => bars.at('comparing', done, { total: events, unit: 'events' }),
    });
  } finally {
    bars.finish();
  }
}
