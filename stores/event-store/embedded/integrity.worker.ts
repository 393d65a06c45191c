import { parentPort, workerData } from 'node:worker_threads';
import { asLogError, toPortable } from './log-errors.js';
import type { IntegrityData, IntegrityReply } from './integrity-protocol.js';
import { examineLog } from './log-examination.js';

if (parentPort !== null) {
  const port = parentPort;
  const post = (reply: IntegrityReply): void => {
    port.postMessage(reply);
  };
  try {
    // Started by check-integrity.ts with an IntegrityData.
    const { file, depth } = workerData as IntegrityData;
    const report = examineLog(file, depth, (done, total) => {
      post({ kind: 'progress', done, total });
    });
    post({ kind: 'report', report });
  } catch (error) {
    post({ kind: 'failed', error: toPortable(asLogError(error, 'unknown')) });
  }
}
