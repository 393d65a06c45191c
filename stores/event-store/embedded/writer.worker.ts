import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { unpackAppends, type FramedAppend } from './append-frames.js';
import { packOutcomes } from './append-outcome.js';
import { asLogError, toPortable } from './log-errors.js';
import { openLogWriter, type LogWriter } from './log-writer.js';
import type { WriterData, WriterReply, WriterRequest } from './writer-protocol.js';

/** The writer thread: everything that waits when it becomes free is one group, one transaction, one fsync. */
function run(port: MessagePort, data: WriterData): void {
  const post = (reply: WriterReply): void => {
    port.postMessage(reply);
  };
  const writer = openLogWriter({
    ...data,
    onRecovered: () => {
      post({ kind: 'recovered', next: writer.next });
    },
  });

  port.on('message', (first: WriterRequest) => {
    const appends: FramedAppend[] = [];
    let messages = 0;
    let request: WriterRequest | undefined = first;
    while (request?.kind === 'appends') {
      appends.push(...unpackAppends(request.packed));
      messages += 1;
      // What this thread is sent is a WriterRequest.
      request = receiveMessageOnPort(port)?.message as WriterRequest | undefined;
    }
    if (appends.length > 0) post(settle(writer, appends, messages));
    if (request?.kind === 'close') {
      writer.close();
      port.close();
    }
  });
  post({ kind: 'opened', storeId: writer.storeId, next: writer.next });
}

function settle(writer: LogWriter, appends: readonly FramedAppend[], messages: number): WriterReply {
  try {
    return { kind: 'outcomes', outcomes: packOutcomes(writer.commit(appends)), messages, next: writer.next };
  } catch (error) {
    return { kind: 'failed', count: appends.length, messages, error: toPortable(asLogError(error, 'unknown')) };
  }
}

if (parentPort !== null) {
  try {
    // Started by append-queue.ts with a WriterData.
    run(parentPort, workerData as WriterData);
  } catch (error) {
    parentPort.postMessage({ kind: 'not_opened', error: toPortable(asLogError(error, 'unknown')) } satisfies WriterReply);
    parentPort.close();
  }
}
