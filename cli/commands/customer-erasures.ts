import type { Command } from 'commander';
import { z } from 'zod';
import { allPages, collect } from '../all-pages.js';
import type { CommandContext } from '../command-context.js';
import { confirm } from '../confirm.js';
import { wholeNumber } from '../option-values.js';

const certificate = z.looseObject({
  erasure_id: z.string(),
  customers: z.array(z.string()),
  completed_at: z.string(),
  done: z.record(z.string(), z.unknown()),
  remains: z.looseObject({
    providers: z.array(z.looseObject({ provider: z.string(), messages: z.number() })),
    notes: z.array(z.string()),
  }),
  hash: z.string(),
});
const certified = z.looseObject({ certificate, position: z.string() });
const standing = z.looseObject({ customer_id: z.string(), state: z.string(), at: z.string(), erasure_id: z.string().optional() });
const shown = standing.extend({ certificate: certificate.optional() });
const written = z.looseObject({ position: z.string() });

interface Decision {
  readonly reason: string;
  readonly yes?: boolean;
}

const WHY = 'why, in words that do not name the person: it is kept for the audit';

/** `cebe customer erase|erasure|erasures|decline-erasure|reopen`. */
export function addErasures(customers: Command, { output, withEngine }: CommandContext): void {
  const path = (id: string, call: string): string => `/v1/customers/${encodeURIComponent(id)}/${call}`;
  customers
    .command('erase')
    .description('erase a person, everyone merged into one, and print the certificate')
    .argument('<id>', 'qontak_customer_id')
    .requiredOption('--reason <text>', WHY)
    .option('--yes', 'do not ask')
    .action(async (id: string, { reason, yes = false }: Decision) => {
      await confirm(output, { yes, name: id, consequence: `Everything personal about customer ${id} is destroyed, for ever.` });
      const done = await withEngine(({ client }) => client.request('POST', path(id, 'erase'), certified, { body: { reason } }));
      output.data(done, ({ certificate: content }) => certificateText(content));
    });
  customers
    .command('erasure')
    .description('how far the erasure of a customer is, with its certificate')
    .argument('<id>', 'qontak_customer_id')
    .action(async (id: string) => {
      const found = await withEngine(({ client }) => client.request('GET', path(id, 'erasure'), shown));
      output.data(found, ({ customer_id: customer, state, at, certificate: content }) =>
        [`customer ${customer}: ${state} since ${at}`, ...(content === undefined ? [] : [certificateText(content)])].join('\n'),
      );
    });
  customers
    .command('erasures')
    .description('who asked to be erased, and who was')
    .option('--state <state>', 'requested, declined, running, completed or reopened')
    .option('--limit <n>', 'at most so many', wholeNumber, 50)
    .action(async ({ state, limit }: { readonly state?: string; readonly limit: number }) => {
      const query = state === undefined ? {} : { query: { state } };
      const found = await withEngine(({ client }) =>
        collect(allPages(client, '/v1/erasures', { item: standing, limit, ...query })),
      );
      output.table(found, [
        { heading: 'CUSTOMER', cell: (row) => row.customer_id },
        { heading: 'STATE', cell: (row) => row.state },
        { heading: 'SINCE', cell: (row) => row.at },
        { heading: 'ERASURE', cell: (row) => row.erasure_id ?? '' },
      ]);
    });
  customers
    .command('decline-erasure')
    .description('decline what a module passed on: the customer is not erased')
    .argument('<id>', 'qontak_customer_id')
    .requiredOption('--reason <text>', WHY)
    .action(async (id: string, { reason }: Decision) => {
      const body = { reason };
      const done = await withEngine(({ client }) => client.request('POST', path(id, 'erasure/decline'), written, { body }));
      output.data(done, () => `the request to erase customer ${id} is declined`);
    });
  customers
    .command('reopen')
    .description('let an erased customer come back, under a new key')
    .argument('<id>', 'qontak_customer_id')
    .requiredOption('--reason <text>', WHY)
    .option('--yes', 'do not ask')
    .action(async (id: string, { reason, yes = false }: Decision) => {
      await confirm(output, { yes, name: id, consequence: `Events may be stored for customer ${id} again.` });
      const done = await withEngine(({ client }) => client.request('POST', path(id, 'reopen'), written, { body: { reason } }));
      output.data(done, () => `customer ${id} may come back`);
    });
}

function certificateText(content: z.infer<typeof certificate>): string {
  const { done, remains } = content;
  const counts = Object.entries(done).flatMap(([what, count]) =>
    typeof count === 'number' ? [`  ${what.replaceAll('_', ' ')}: ${String(count)}`] : [],
  );
  return [
    `erasure ${content.erasure_id} completed ${content.completed_at}`,
    `  customers: ${content.customers.join(', ')}`,
    ...counts,
    ...remains.providers.map(({ provider, messages }) => `  remains at ${provider}: ${String(messages)} messages`),
    `  hash: ${content.hash}`,
    'what remains:',
    ...remains.notes.map((note) => `  ${note}`),
  ].join('\n');
}
