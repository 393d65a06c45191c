import { z } from 'zod';
import { EngineError } from '../contracts/errors.js';
import type { CommandContext } from './command-context.js';

const report = z.looseObject({
  state: z.string(),
  done: z.number().optional(),
  total: z.number().optional(),
  ended: z.boolean().optional(),
  code: z.string().optional(),
});
export type JobReport = z.infer<typeof report>;

/** A call that answers the progress of a job as NDJSON. */
export interface FollowedJob {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly label: string;
}

/** Shows the progress of a job and answers its last line; a manual rebuild is left when it is ready. */
export async function followJob(
  { output, interruption, withEngine }: CommandContext,
  { path, query, body, label }: FollowedJob,
): Promise<JobReport> {
  const asked = { query: { ...query, follow: 'true' }, signal: interruption(), ...(body === undefined ? {} : { body }) };
  return withEngine(async ({ client }) => {
    let bar: ReturnType<typeof output.progress> | null = null;
    try {
      for await (const line of client.lines('POST', path, report, asked)) {
        const { state, done = 0, total = 0, ended, code } = line;
        if (state === 'failed')
          throw new EngineError('cancelled', `Expected ${label} to be done; it failed with ${code ?? 'no code'}.`);
        if (state === 'interrupted') {
          const message = `Expected ${label} to be done; the engine stopped before. A rebuild goes on at its next start.`;
          throw new EngineError('engine_unreachable', message);
        }
        if (ended === true || state === 'ready') return line;
        if (total === 0) continue;
        bar ??= output.progress({ label, total, unit: 'events' });
        bar.update(Math.min(done, total));
      }
    } finally {
      bar?.finish();
    }
    throw new EngineError('engine_unreachable', `Expected ${label} to be reported to its end; the report broke off.`);
  });
}
