import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { AddCommand } from '../add-command.js';
import type { CommandContext } from '../command-context.js';
import type { Connection } from '../engine-connection.js';
import { exitCodes } from '../exit-codes.js';
import { countsText } from '../sending/counts-text.js';
import { requireFile, stdinUntil } from '../sending/input-file.js';
import { readEvents } from '../sending/read-events.js';
import { countLines, decodeText } from '../sending/read-lines.js';
import { createRefusals, noteRefusals, type Refusals } from '../sending/refusals.js';
import { openRejectFile } from '../sending/reject-file.js';
import { addCounts, nothingSent, sendWindows, type SendCounts } from '../sending/send-windows.js';

interface SendOptions {
  readonly rejects?: string;
}

/** `cebe send FILE|-`: events as modules send them; exit code 3 when some were refused. */
export const addSend: AddCommand = (program, context, end) => {
  program
    .command('send')
    .description('send events: NDJSON, a JSON array or {"events": […]}')
    .argument('<file>', 'the file, or - for stdin')
    .option('--rejects <file>', 'write what was refused there, with the reasons')
    .action(async (file: string, options: SendOptions) => {
      if (file !== '-') await requireFile(resolve(context.cwd, file));
      const { counts, refusals } = await context.withEngine((connection) => send(file, options, { context, connection }), {
        folder: 'made',
      });
      context.output.data({ ...counts, refused: refusals.first() }, () => countsText(counts));
      noteRefusals(context.output, refusals);
      if (counts.quarantined + counts.rejected > 0) end(exitCodes.found_problems);
    });
};

async function send(
  file: string,
  options: SendOptions,
  { context, connection }: { readonly context: CommandContext; readonly connection: Connection },
): Promise<{ readonly counts: SendCounts; readonly refusals: Refusals }> {
  const { cwd, output } = context;
  const signal = context.interruption();
  const path = file === '-' ? null : resolve(cwd, file);
  const lines = path === null ? null : await countLines(createReadStream(path));
  const rejects = options.rejects === undefined ? null : await openRejectFile(resolve(cwd, options.rejects), 0);
  const bar = lines === null ? null : output.progress({ label: 'send', total: lines, unit: 'lines' });
  const refusals = createRefusals();
  let counts = nothingSent;
  try {
    const input = decodeText(path === null ? stdinUntil(signal) : createReadStream(path));
    for await (const outcome of sendWindows(readEvents(input), { client: connection.client, signal })) {
      counts = addCounts(counts, outcome.counts);
      refusals.add(outcome.refused);
      await rejects?.write(outcome.refused);
      bar?.update(Math.min(outcome.lastLine, lines ?? 0));
    }
  } finally {
    bar?.finish();
    await rejects?.close();
  }
  return { counts, refusals };
}
