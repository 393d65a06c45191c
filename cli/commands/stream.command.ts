import { z } from 'zod';
import type { AddCommand } from '../add-command.js';
import { allPages, collect } from '../all-pages.js';
import { wholeNumber } from '../option-values.js';

const event = z.looseObject({
  event_id: z.string(),
  type: z.string(),
  revision: z.string(),
  metadata: z.looseObject({ occurred_at: z.string() }),
  plain: z.record(z.string(), z.unknown()),
  sealed_fields: z.record(z.string(), z.array(z.string())),
});

/** `cebe stream show NAME`: the events of a stream as they are stored; of sealed fields only the names. */
export const addStream: AddCommand = (program, { output, withEngine }) => {
  program
    .command('stream')
    .description('streams of the log')
    .command('show')
    .description('the events of a stream as they are stored; of sealed fields only the names')
    .argument('<name>', 'such as customer-main.00001')
    .option('--from <revision>', 'the first revision', '0')
    .option('--limit <n>', 'at most so many events', wholeNumber, 100)
    .action(async (name: string, { from, limit }: { readonly from: string; readonly limit: number }) => {
      const path = `/v1/streams/${encodeURIComponent(name)}`;
      const found = await withEngine(({ client }) => collect(allPages(client, path, { item: event, query: { from }, limit })));
      output.table(found, [
        { heading: 'REVISION', cell: (row) => row.revision, align: 'right' },
        { heading: 'TYPE', cell: (row) => row.type },
        { heading: 'OCCURRED', cell: (row) => row.metadata.occurred_at },
        { heading: 'PLAIN', cell: (row) => JSON.stringify(row.plain) },
        {
          heading: 'SEALED',
          cell: (row) =>
            Object.entries(row.sealed_fields)
              .map(([part, fields]) => `${part}: ${fields.join(' ')}`)
              .join('; '),
        },
        { heading: 'EVENT', cell: (row) => row.event_id },
      ]);
    });
};
