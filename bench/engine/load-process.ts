import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadJob, LoadOrder, LoadReport } from './load-job.js';

/** A load generator in a process of its own. */
export interface LoadProcess {
  run(engine: { readonly url: string; readonly token: string }, job: LoadJob): Promise<LoadReport>;
  end(): void;
}

let runs = 0;

/** Starts a load generator. */
export function startLoadProcess(): LoadProcess {
  const child: ChildProcess = fork(fileURLToPath(new URL('../engine-load.js', import.meta.url)));
  return {
    run({ url, token }, job) {
      runs += 1;
      const order: LoadOrder = { url, token, job, run: `b${String(process.pid)}-${String(Date.now())}-${String(runs)}` };
      return new Promise((resolve, reject) => {
        child.once('message', (answer: { readonly report?: LoadReport; readonly error?: string }) => {
          if (answer.report === undefined) reject(new Error(answer.error));
          else resolve(answer.report);
        });
        child.send(order);
      });
    },
    end: () => child.disconnect(),
  };
}
