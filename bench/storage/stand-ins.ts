import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface ServerUrls {
  readonly log: string;
  readonly documents: string;
  /** Ends what was started for them. */
  end(): void;
}

/** The tests' stand-ins of both servers with their data in the folder; they are looked for below the working folder. */
export async function startStandIns(folder: string): Promise<ServerUrls> {
  const script = (name: string): string => join('test', 'support', name, 'server.mjs');
  const log = fork(script('eventstoredb-stand-in'), [join(folder, 'log.jsonl'), '0'], { execArgv: [] });
  const documents = spawn(process.execPath, [script('mongo-stand-in'), join(folder, 'data.bson'), '0'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // The first thing that each says is where it listens.
  const [[{ listening }], [port]] = (await Promise.all([
    once(log, 'message'),
    once(createInterface({ input: documents.stdout }), 'line'),
  ])) as [[{ readonly listening: number }], [string]];
  return {
    log: `esdb://127.0.0.1:${String(listening)}?tls=false`,
    documents: `mongodb://127.0.0.1:${port}/?replicaSet=stand-in`,
    end: () => {
      log.kill('SIGKILL');
      documents.kill('SIGKILL');
    },
  };
}
