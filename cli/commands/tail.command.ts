import { Option } from 'commander';
import { z } from 'zod';
import { streamCategories } from '../../contracts/events/streams.js';
import type { AddCommand } from '../add-command.js';
import { exitCodes } from '../exit-codes.js';
import { wholeNumber } from '../option-values.js';

interface TailCommandOptions {
  readonly after?: string;
  readonly category?: string;
  readonly type?: string;
  readonly limit?: number;
}

const event = z.looseObject({
  event_id: z.string(),
  type: z.string(),
  stream: z.string(),
  received_at: z.string(),
  source: z.string(),
  properties: z.record(z.string(), z.unknown()),
  position: z.string(),
});
const line = z.union([event, z.object({ heartbeat: z.literal(true), position: z.string().optional() })]);

/** `cebe tail`: new events as they come, masked, until Ctrl-C. */
export const addTail: AddCommand = (program, { output, interruption, withEngine }, end) => {
  program
    .command('tail')
    .description('follow new events, with personal values masked, until Ctrl-C')
    .option('--after <position>', 'begin behind this position instead of at the end')
    .addOption(new Option('--category <category>', 'only events of these streams').choices(streamCategories))
    .option('--type <type>', 'only events of this type')
    .option('--limit <n>', 'end after so many', wholeNumber)
    .action(async ({ after, category, type, limit = Infinity }: TailCommandOptions) => {
      const signal = interruption();
      let left = limit;
      await withEngine(async ({ client }) => {
        output.note('following new events; Ctrl-C ends it');
        for await (const found of client.lines('GET', '/v1/events/tail', line, { query: { after, category }, signal })) {
          if (!('event_id' in found) || (type !== undefined && found.type !== type)) continue;
          output.data(found, textOf);
          left -= 1;
          if (left === 0) return;
        }
        output.note('the engine has ended the tail');
      });
      if (signal.aborted) end(exitCodes.interrupted);
    });
};

function textOf(found: z.infer<typeof event>): string {
  const text = `${found.received_at}  ${found.type}  ${found.stream}  ${found.source}  ${JSON.stringify(found.properties)}`;
  return text.replace(/\p{Cc}+/gu, ' ');
}
