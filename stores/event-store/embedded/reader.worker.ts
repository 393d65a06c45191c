import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { asLogError, toPortable } from './log-errors.js';
import { openLogForReading } from './log-file.js';
import { createLogReader } from './log-reader.js';
import type { ReaderAnswer, ReaderData, ReaderReply, ReaderRequest } from './reader-protocol.js';

/** The reader thread: long reads go on here while the writer commits. */
function run(port: MessagePort, { file }: ReaderData): void {
  const db = openLogForReading(file);
  const reader = createLogReader(db);
  const post = (reply: ReaderReply, transfer: ArrayBuffer[] = []): void => {
    port.postMessage(reply, transfer);
  };

  port.on('message', (first: ReaderRequest) => {
    let request: ReaderRequest | undefined = first;
    while (request?.kind === 'queries') {
      const answers = reader.answer(request.queries);
      post({ kind: 'answers', answers }, answers.flatMap(packedOf));
      // What this thread is sent is a ReaderRequest.
      request = receiveMessageOnPort(port)?.message as ReaderRequest | undefined;
    }
    if (request?.kind === 'close') {
      db.close();
      port.close();
    }
  });
  post({ kind: 'opened' });
}

function packedOf(answer: ReaderAnswer): ArrayBuffer[] {
  return answer.kind === 'chunk' ? [answer.chunk.packed] : [];
}

if (parentPort !== null) {
  try {
    // Started by read-client.ts with a ReaderData.
    run(parentPort, workerData as ReaderData);
  } catch (error) {
    parentPort.postMessage({ kind: 'failed', error: toPortable(asLogError(error, 'unknown')) } satisfies ReaderReply);
    parentPort.close();
  }
}
