import { EngineError } from '../../../contracts/errors.js';
import { workerFile } from '../../../runtime/worker-file.js';
import { packAppends, type AppendOrder } from './append-frames.js';
import { unpackOutcomes, type AppendOutcome } from './append-outcome.js';
import type { StoreWatch } from '../../store-watch.js';
import { fromPortable } from './log-errors.js';
import { startWorker, type WorkerChannel } from './worker-channel.js';
import type { WriterData, WriterReply, WriterRequest } from './writer-protocol.js';

/** An append that waits for its outcome. */
export interface PendingAppend {
  readonly order: AppendOrder;
  readonly settle: (outcome: AppendOutcome) => void;
}

export interface AppendQueueOptions {
  /** The log is durable up to before this position. */
  readonly onCommitted: (next: number) => void;
  readonly watch?: StoreWatch | undefined;
}

/** What the writer said about the log when it opened it. */
export interface OpenedLog {
  readonly storeId: string;
  readonly next: number;
}

/**
 * Messages that the writer has not answered: one that it works on and one to go on with. What comes meanwhile is gathered, since a message
 * costs as much as several appends, and larger groups need fewer fsyncs.
 */
const MESSAGES_UNDER_WAY = 2;

/** Hands appends to the writer thread, those that gathered while it was busy in one message, and their outcomes back in order. */
export class AppendQueue {
  readonly opened: Promise<OpenedLog>;
  readonly #onCommitted: (next: number) => void;
  readonly #channel: WorkerChannel<WriterRequest>;
  #gathered: PendingAppend[] = [];
  #posted: PendingAppend[] = [];
  #settled = 0;
  #messages = 0;
  #failure: EngineError | undefined;
  #whenIdle: (() => void) | undefined;

  constructor(data: WriterData, { onCommitted, watch }: AppendQueueOptions) {
    this.#onCommitted = onCommitted;
    let open: (log: OpenedLog) => void;
    let refuse: (error: EngineError) => void;
    this.opened = new Promise((resolve, reject) => {
      open = resolve;
      refuse = reject;
    });
    this.#channel = startWorker<WriterRequest, WriterReply>(workerFile(import.meta.url, 'writer.worker.js'), data, {
      reply: (reply) => {
        switch (reply.kind) {
          case 'opened':
            open(reply);
            return;
          case 'not_opened':
            refuse(fromPortable(reply.error));
            return;
          case 'outcomes':
            this.#goOn(reply.messages);
            unpackOutcomes(reply.outcomes, (outcome) => {
              this.#settleNext(outcome);
            });
            this.#onCommitted(reply.next);
            this.#compact();
            return;
          case 'recovered':
            watch?.works();
            this.#onCommitted(reply.next);
            return;
          case 'failed':
            watch?.failed(reply.error.message);
            this.#goOn(reply.messages);
            for (let left = reply.count; left > 0; left -= 1) this.#settleNext({ refusal: fromPortable(reply.error) });
            this.#compact();
            return;
        }
      },
      lost: (error) => {
        watch?.failed(error.message);
        refuse(error);
        this.#lose(error);
      },
    });
  }

  /** Takes an append; its outcome is settled once it is durable or refused. */
  submit(append: PendingAppend): void {
    if (this.#failure !== undefined) {
      append.settle({ refusal: this.#failure });
      return;
    }
    this.#gathered.push(append);
    if (this.#gathered.length === 1) setImmediate(this.#flush);
  }

  /** Refuses what comes from now on and waits for what is under way. */
  async drain(): Promise<void> {
    this.#failure ??= new EngineError('store_unavailable', 'The event log was closed');
    if (this.#underWay() === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
  }

  /** Closes the file; the last of its connections to close leaves no journal behind. */
  async close(): Promise<void> {
    await this.#channel.finish({ kind: 'close' });
  }

  /** Ends the thread of a log that could not be opened. */
  async abandon(): Promise<void> {
    await this.#channel.release();
  }

  readonly #flush = (): void => {
    const group = this.#gathered;
    if (group.length === 0 || this.#messages >= MESSAGES_UNDER_WAY) return;
    this.#gathered = [];
    const packed = packAppends(group.map((append) => append.order));
    for (const append of group) this.#posted.push(append);
    this.#channel.post({ kind: 'appends', packed }, [packed]);
    this.#messages += 1;
  };

  /** So many messages were answered: what gathered goes before the outcomes are settled, so that the writer has work meanwhile. */
  #goOn(messages: number): void {
    this.#messages -= messages;
    this.#flush();
  }

  #settleNext(outcome: AppendOutcome): void {
    const append = this.#posted[this.#settled];
    this.#settled += 1;
    append?.settle(outcome);
  }

  #compact(): void {
    this.#posted = this.#settled === this.#posted.length ? [] : this.#posted.slice(this.#settled);
    this.#settled = 0;
    if (this.#underWay() === 0) this.#whenIdle?.();
  }

  #underWay(): number {
    return this.#gathered.length + this.#posted.length - this.#settled;
  }

  /** Without its thread nobody knows what became of the appends it had been given. */
  #lose(error: EngineError): void {
    this.#failure = error;
    const unknown = new EngineError(
      'append_outcome_unknown',
      'The thread that writes the event log was lost; look the events up',
      {
        cause: error,
      },
    );
    while (this.#settled < this.#posted.length) this.#settleNext({ refusal: unknown });
    for (const append of this.#gathered.splice(0)) append.settle({ refusal: error });
    this.#compact();
  }
}
