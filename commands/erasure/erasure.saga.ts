import { isEngineError } from '../../contracts/errors.js';
import { BEFORE_FIRST, type RecordedEvent } from '../../contracts/events/event.js';
import { parseStreamName } from '../../contracts/events/streams.js';
import { isRetryable, pause, retry, type RetryPolicy } from '../../runtime/retry.js';
import type { ErasureDeps } from './erasure-deps.js';
import type { ErasureCommands } from './erasure.commands.js';

/** Finishes what was started, here or by another process; only where the processors run live. */
export interface ErasureSaga {
  start(): void;
  stop(): Promise<void>;
}

const AGAIN_MS = 1_000;
const untilDone: RetryPolicy = { attempts: Infinity, baseMs: 200, factor: 2, maxMs: 10_000, jitter: 0.3 };

/** The to-do list is the log: every erasure that was started and not completed. */
export function createErasureSaga(
  deps: Pick<ErasureDeps, 'eventStore' | 'logger'>,
  commands: Pick<ErasureCommands, 'resume'>,
): ErasureSaga {
  let stopping = new AbortController();
  let following: Promise<void> | undefined;
  const begun = new Set<Promise<void>>();

  function begin(event: RecordedEvent, signal: AbortSignal): void {
    const place = parseStreamName(event.stream);
    if (place === null) return;
    const work = retry(untilDone, () => commands.resume(place.workspace, place.id), { signal, mayRetry: isRetryable }).catch(
      (error: unknown) => {
        const code = isEngineError(error) ? error.code : 'internal';
        if (!signal.aborted) deps.logger.error('erasure_failed', { workspace: place.workspace, erasure: place.id, code });
      },
    );
    begun.add(work);
    void work.finally(() => begun.delete(work));
  }

  async function follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        // Resuming one that is completed reads its few events and does nothing.
        for await (const message of deps.eventStore.subscribe({ after: BEFORE_FIRST, categories: ['erasure'], signal })) {
          if (message.kind === 'event' && message.event.type === 'erasure.started') begin(message.event, signal);
        }
        return;
      } catch {
        await pause(AGAIN_MS, signal).catch(() => undefined);
      }
    }
  }

  return {
    start() {
      if (following !== undefined) return;
      stopping = new AbortController();
      following = follow(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await following;
      following = undefined;
      await Promise.all(begun);
    },
  };
}
