import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MongoClient } from 'mongodb';

/** What goes wrong with the next commands of these names. */
export interface Fault {
  readonly commands: readonly string[];
  /** Absent: once. */
  readonly times?: number;
  readonly errorCode?: number;
  readonly closeConnection?: true;
  /** It is done, but the answer never comes. */
  readonly closeAfterApplying?: true;
  /** Nothing is done and nothing answered. */
  readonly silent?: true;
  readonly blockTimeMS?: number;
  readonly writeConcernError?: { readonly code: number; readonly errmsg: string };
  /** Fields of the row that another writer puts where an upsert is about to insert. */
  readonly rival?: Readonly<Record<string, unknown>>;
}

/** A MongoDB for tests in a process of its own, which keeps its data when it is stopped and started. */
export interface MongoStandIn {
  readonly url: string;
  fail(fault: Fault): Promise<void>;
  /** As `kill -9`. */
  stop(): Promise<void>;
  /** On the same port, with the data it had. */
  start(): Promise<void>;
  /** It keeps its connections, and says nothing on them until it is woken. */
  freeze(): void;
  wake(): void;
  dispose(): Promise<void>;
}

/** How the tests' clients watch the server: often, so that they see at once that it is back. */
const watching = 'serverMonitoringMode=poll&heartbeatFrequencyMS=100&minHeartbeatFrequencyMS=20';

/** Starts a stand-in with an empty folder. */
export async function startMongoStandIn(): Promise<MongoStandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'cebe-mongo-'));
  let port = '0';
  let child: ChildProcess | null = null;

  const start = async (): Promise<void> => {
    const script = join('test', 'support', 'mongo-stand-in', 'server.mjs');
    const started = spawn(process.execPath, [script, join(folder, 'data.bson'), port], { stdio: ['pipe', 'pipe', 'inherit'] });
    child = started;
    for await (const line of createInterface({ input: started.stdout })) {
      port = line;
      break;
    }
  };
  const stop = async (): Promise<void> => {
    if (child === null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    child = null;
    await exited;
  };
  await start();
  const url = `mongodb://127.0.0.1:${port}/?replicaSet=stand-in&${watching}`;
  return {
    url,
    start,
    stop,
    freeze: () => void child?.kill('SIGSTOP'),
    wake: () => void child?.kill('SIGCONT'),
    fail: async ({ commands, times = 1, ...fault }) => {
      const client = new MongoClient(url);
      const data = { failCommands: [...commands], ...fault };
      await client.db('admin').command({ configureFailPoint: 'failCommand', mode: { times }, data });
      await client.close();
    },
    dispose: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
