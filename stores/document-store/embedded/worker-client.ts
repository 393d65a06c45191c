import { Worker } from 'node:worker_threads';
import { EngineError } from '../../../contracts/errors.js';
import { fileThreadLimits, workerFile } from '../../../runtime/worker-file.js';
import { probeUntilItWorks, type StoreProbe, type StoreWatch } from '../../store-watch.js';
import type { Answer, Arguments, Failure, FromWorker, OperationName, Request, Result, ToWorker } from './protocol.js';

const LARGEST_GROUP = 256;
/** Groups that were not answered: one that the thread works on and one to go on with; what comes meanwhile is gathered. */
const GROUPS_UNDER_WAY = 2;

interface Waiting {
  readonly request: Request;
  readonly settle: (answer: Answer) => void;
}

/** The worker that owns the file. Requests that wait when it has answered a group go to it in one message, in order. */
export class WorkerClient {
  readonly #worker: Worker;
  readonly #exit: Promise<void>;
  #waiting: Waiting[] = [];
  /** The requests of each group that was not answered, oldest first. */
  readonly #underWay: (readonly Waiting[])[] = [];
  #failure: Failure | null = null;
  #isClosing = false;
  #idle: (() => void) | null = null;
  readonly #watch: StoreWatch | undefined;
  readonly #probe: StoreProbe | undefined;

  private constructor(file: string, watch: StoreWatch | undefined) {
    this.#watch = watch;
    this.#probe = watch && probeUntilItWorks(watch, () => this.call('probe', undefined));
    this.#worker = new Worker(workerFile(import.meta.url, 'documents.worker.js'), {
      workerData: { file },
      name: 'documents',
      resourceLimits: fileThreadLimits,
    });
    this.#exit = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#fail({ code: 'store_unavailable', message: 'the embedded document store is closed', details: {} });
        resolve();
      });
    });
    this.#worker.on('error', (error) => {
      this.#fail({
        code: 'store_unavailable',
        message: `the thread of the embedded document store ended: ${error.message}`,
        details: {},
      });
    });
  }

  /** Starts the worker and waits until it has opened the file. */
  static async start(file: string, watch?: StoreWatch): Promise<WorkerClient> {
    const client = new WorkerClient(file, watch);
    const opening = new Promise<FromWorker>((resolve) => client.#worker.once('message', resolve));
    const first = await Promise.race([opening, client.#exit]);
    if (first?.kind !== 'opened') {
      await client.#worker.terminate();
      // The thread may have ended by now, which says less than why.
      const failure = first?.kind === 'failed' ? first.failure : client.#failure;
      throw errorOf(failure);
    }
    client.#worker.on('message', (message: FromWorker) => {
      if (message.kind === 'answers') client.#receive(message.answers);
    });
    return client;
  }

  /** Performs one operation in the worker; rejects with the EngineError that it met there. */
  call<Name extends OperationName>(operation: Name, request: Arguments<Name>): Promise<Result<Name>> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null || this.#isClosing) {
        reject(errorOf(this.#failure));
        return;
      }
      this.#waiting.push({
        // TypeScript does not see that operation and arguments belong together in the union.
        request: { operation, arguments: request } as Request,
        settle: (answer) => {
          if (answer.ok) resolve(answer.result);
          else reject(errorOf(answer.failure));
        },
      });
      if (this.#underWay.length < GROUPS_UNDER_WAY) this.#sendWaiting();
    });
  }

  /** Waits for what is under way, closes the file and ends the thread. */
  async close(): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#probe?.stop();
      if (this.#underWay.length > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
      this.#post({ kind: 'close' });
    }
    await this.#exit;
  }

  #sendWaiting(): void {
    const group = this.#waiting.splice(0, LARGEST_GROUP);
    if (group.length > 0) {
      this.#underWay.push(group);
      this.#post({ kind: 'requests', requests: group.map(({ request }) => request) });
    } else if (this.#underWay.length === 0) this.#idle?.();
  }

  #receive(answers: readonly Answer[]): void {
    const answered = this.#underWay.shift() ?? [];
    // The next group goes first, so that the worker has work while the answers are read here.
    this.#sendWaiting();
    answered.forEach(({ settle }, index) => {
      const answer = answers[index];
      if (answer === undefined) return;
      if (!answer.ok && answer.failure.code === 'store_unavailable') this.#probe?.failed(answer.failure.message);
      settle(answer);
    });
  }

  #fail(failure: Failure): void {
    this.#failure ??= failure;
    // A thread that is lost does not come back.
    if (!this.#isClosing) this.#watch?.failed(failure.message);
    const lost = [...this.#underWay.splice(0).flat(), ...this.#waiting];
    this.#waiting = [];
    for (const { settle } of lost) settle({ ok: false, failure: this.#failure });
    this.#idle?.();
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}

function errorOf(failure: Failure | null): EngineError {
  if (failure === null) return new EngineError('store_unavailable', 'the embedded document store is closed');
  return new EngineError(failure.code, failure.message, { details: failure.details });
}
