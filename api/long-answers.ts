import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { EngineError } from '../contracts/errors.js';
import type { Api } from './route-config.js';

/** Answers that take as long as a job does: closing the API waits for requests in flight, but not for these. */
export interface LongAnswers {
  /** Progress, one JSON object a line, and the outcome last. A failure is a line with its code; the engine's stop one of state `interrupted`. */
  lines(reply: FastifyReply, progress: AsyncIterable<object>, outcome: () => Promise<object>): Readable;
  /** The result itself. Errors: also `cancelled` when the engine stops before. */
  result<Result>(reply: FastifyReply, done: Promise<Result>): Promise<Result>;
}

type End = 'closing' | 'caller_left';

/** Knows when the API begins to close. */
export function createLongAnswers(api: Api): LongAnswers {
  const open = new Set<(end: End) => void>();
  api.addHook('preClose', (done) => {
    for (const end of open) end('closing');
    done();
  });

  /** Whatever comes first: the API begins to close, or nobody listens any more. */
  function endOf(reply: FastifyReply): Promise<End> {
    return new Promise((resolve) => {
      const end = (how: End): void => {
        open.delete(end);
        resolve(how);
      };
      open.add(end);
      reply.raw.once('close', () => end('caller_left'));
    });
  }

  return {
    lines: (reply, progress, outcome) => Readable.from(writeLines(progress, outcome, endOf(reply))),
    async result(reply, done) {
      const end = await Promise.race([done.then(() => null), endOf(reply)]);
      if (end === null) return done;
      done.catch(() => undefined);
      throw new EngineError('cancelled', 'Expected the engine to run until the job was done; it stops. Ask again when it runs.');
    },
  };
}

async function* writeLines(
  progress: AsyncIterable<object>,
  outcome: () => Promise<object>,
  end: Promise<End>,
): AsyncGenerator<string> {
  const source = progress[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([source.next(), end]);
      if (typeof next === 'string') {
        yield interrupted;
        return;
      }
      if (next.done === true) break;
      yield `${JSON.stringify(next.value)}\n`;
    }
    const result = outcome();
    // It may fail after nobody waits for it any more.
    result.catch(() => undefined);
    const last = await Promise.race([result, end]);
    yield typeof last === 'string' ? interrupted : `${JSON.stringify({ ...last, ended: true })}\n`;
  } catch (error) {
    const code = error instanceof EngineError ? error.code : 'internal';
    yield `${JSON.stringify({ state: 'failed', code, ended: true })}\n`;
  }
}

const interrupted = `${JSON.stringify({ state: 'interrupted', ended: true })}\n`;
