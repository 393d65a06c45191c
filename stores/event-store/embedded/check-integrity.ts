import { fromPortable } from './log-errors.js';
import type { IntegrityData, IntegrityReply, IntegrityReport } from './integrity-protocol.js';
import { startWorker } from './worker-channel.js';
import { workerFile } from '../../../runtime/worker-file.js';

export type { IntegrityProblem, IntegrityReport } from './integrity-protocol.js';

export interface IntegrityOptions {
  /** `quick` verifies the newest 1,000 events; `deep` every page, checksum and lookup table (a few seconds for each million events). */
  readonly depth: 'quick' | 'deep';
  /** Called as the events are verified. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Looks for damage in a log, in a thread of its own, also while a store has it open. It never throws for damage: that is what it reports.
 * Errors: `store_unavailable` when the check itself failed.
 */
export function checkIntegrity(file: string, { depth, onProgress }: IntegrityOptions): Promise<IntegrityReport> {
  return new Promise((resolve, reject) => {
    const worker = startWorker<never, IntegrityReply>(
      workerFile(import.meta.url, 'integrity.worker.js'),
      { file, depth } satisfies IntegrityData,
      {
        reply: (reply) => {
          switch (reply.kind) {
            case 'progress':
              onProgress?.(reply.done, reply.total);
              return;
            case 'report':
              void worker.release().then(() => {
                resolve(reply.report);
              });
              return;
            case 'failed':
              reject(fromPortable(reply.error));
              return;
          }
        },
        lost: reject,
      },
    );
  });
}
