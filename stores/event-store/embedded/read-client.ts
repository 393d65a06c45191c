import { EngineError } from '../../../contracts/errors.js';
import { workerFile } from '../../../runtime/worker-file.js';
import type { StoreWatch } from '../../store-watch.js';
import { fromPortable } from './log-errors.js';
import type { EventChunk, ReaderAnswer, ReaderData, ReaderQuery, ReaderReply, ReaderRequest } from './reader-protocol.js';
import { startWorker, type WorkerChannel } from './worker-channel.js';

interface PendingQuery {
  readonly query: ReaderQuery;
  readonly resolve: (answer: ReaderAnswer) => void;
  readonly reject: (error: EngineError) => void;
}

/** Queries of one message see one snapshot and are answered in one message: enough to save messages, few enough not to wait long. */
const QUERIES_A_MESSAGE = 16;
/** Messages not answered: one that the thread works on and one to go on with; what comes meanwhile is gathered. */
const MESSAGES_UNDER_WAY = 2;

/** Asks the reader thread. */
export class ReadClient {
  readonly opened: Promise<void>;
  readonly #channel: WorkerChannel<ReaderRequest>;
  #gathered: PendingQuery[] = [];
  /** The queries of each message that was not answered, oldest first. */
  readonly #asked: PendingQuery[][] = [];
  #failure: EngineError | undefined;

  constructor(file: string, watch?: StoreWatch) {
    let open: () => void;
    let refuse: (error: EngineError) => void;
    this.opened = new Promise((resolve, reject) => {
      open = resolve;
      refuse = reject;
    });
    this.#channel = startWorker<ReaderRequest, ReaderReply>(
      workerFile(import.meta.url, 'reader.worker.js'),
      { file } satisfies ReaderData,
      {
        reply: (reply) => {
          switch (reply.kind) {
            case 'opened':
              open();
              return;
            case 'failed':
              refuse(fromPortable(reply.error));
              return;
            case 'answers':
              this.#settle(reply.answers);
              return;
          }
        },
        lost: (error) => {
          watch?.failed(error.message);
          refuse(error);
          this.#fail(error);
        },
      },
    );
  }

  /** Asks for events. Errors: `store_unavailable`, `corrupt_event`; damage behind intact events comes with the chunk. */
  async chunk(query: ReaderQuery & { readonly kind: 'all' | 'stream' }): Promise<EventChunk> {
    const answer = await this.ask(query);
    if (answer.kind !== 'chunk') throw new EngineError('internal', `Expected events from the log's reader, found ${answer.kind}`);
    return answer.chunk;
  }

  /** Asks one question; a failed answer is thrown. */
  async ask(query: ReaderQuery): Promise<Exclude<ReaderAnswer, { kind: 'failed' }>> {
    const answer = await new Promise<ReaderAnswer>((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#gathered.push({ query, resolve, reject });
      if (this.#gathered.length === 1) setImmediate(this.#flush);
    });
    if (answer.kind === 'failed') throw fromPortable(answer.error);
    return answer;
  }

  /** Refuses what is asked from now on and what was not answered yet, and closes the file. */
  async close(): Promise<void> {
    this.#fail(new EngineError('store_unavailable', 'The event log was closed'));
    await this.#channel.finish({ kind: 'close' });
  }

  /** Ends the thread of a log that could not be opened. */
  async abandon(): Promise<void> {
    await this.#channel.release();
  }

  readonly #flush = (): void => {
    while (this.#gathered.length > 0 && this.#asked.length < MESSAGES_UNDER_WAY) {
      const batch = this.#gathered.splice(0, QUERIES_A_MESSAGE);
      this.#asked.push(batch);
      this.#channel.post({ kind: 'queries', queries: batch.map(({ query }) => query) });
    }
  };

  /** The next message goes first, so that the thread has work while its answers are taken in. */
  #settle(answers: readonly ReaderAnswer[]): void {
    const asked = this.#asked.shift() ?? [];
    this.#flush();
    for (const [index, answer] of answers.entries()) asked[index]?.resolve(answer);
  }

  #fail(error: EngineError): void {
    this.#failure ??= error;
    for (const pending of [...this.#asked.splice(0).flat(), ...this.#gathered.splice(0)]) pending.reject(this.#failure);
  }
}
