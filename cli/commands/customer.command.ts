import { z } from 'zod';
import type { AddCommand } from '../add-command.js';
import { allPages, collect } from '../all-pages.js';
import { exitCodes } from '../exit-codes.js';
import { wholeNumber } from '../option-values.js';
import { addErasures } from './customer-erasures.js';
import { addMerges } from './customer-merges.js';
import { addExport } from './customer-export.js';

const asOf = z.looseObject({ position: z.string(), lag_ms: z.number(), blocked: z.boolean().optional() });
const customer = z.looseObject({
  qontak_customer_id: z.string(),
  merged_ids: z.array(z.string()).default([]),
  identifiers: z.array(z.object({ kind: z.string(), value: z.string() })),
  attributes: z.record(z.string(), z.unknown()),
  events: z.record(
    z.string(),
    z.looseObject({ count: z.number(), first_at: z.string(), last_at: z.string(), sums: z.unknown() }),
  ),
  segments: z.array(z.looseObject({ segment_id: z.string(), entered_at: z.string() })),
  consent: z.record(z.string(), z.unknown()),
  first_seen_at: z.string(),
  last_seen_at: z.string(),
});
const entry = z.looseObject({
  revision: z.string(),
  type: z.string(),
  occurred_at: z.string(),
  source: z.string(),
  properties: z.record(z.string(), z.unknown()),
});
type Customer = z.infer<typeof customer>;

interface ShowOptions {
  readonly email?: string;
  readonly phone?: string;
  readonly externalId?: string;
}

/** `cebe customer …`: what is known of a customer, everything that happened to them, who is the same person, and erasing them. */
export const addCustomer: AddCommand = (program, context, end) => {
  const { output, withEngine } = context;
  const customers = program.command('customer').description('customers');
  customers
    .command('show')
    .description('the profile of a customer')
    .argument('[id]', 'qontak_customer_id')
    .option('--email <address>', 'look for this e-mail address instead')
    .option('--phone <number>', 'look for this phone number instead')
    .option('--external-id <source:id>', 'look for this id of another system instead')
    .action(async (id: string | undefined, options: ShowOptions) => {
      const query = { email: options.email, phone: options.phone, external_id: options.externalId };
      if ((id === undefined) === Object.values(query).every((value) => value === undefined)) {
        output.note('Expected either an id or one of --email, --phone, --external-id.');
        end(exitCodes.usage);
        return;
      }
      const found = await withEngine(async ({ client }) => {
        if (id !== undefined)
          return [await client.request('GET', `/v1/customers/${encodeURIComponent(id)}`, customer.extend({ as_of: asOf }))];
        return (await client.request('GET', '/v1/customers', z.object({ data: z.array(customer) }), { query })).data;
      });
      for (const one of found) output.data(one, profileText);
      if (found.length > 0) return;
      output.note('no customer has this identifier');
      end(exitCodes.found_problems);
    });
  customers
    .command('timeline')
    .description('what happened to a customer, newest first')
    .argument('<id>', 'qontak_customer_id')
    .option('--limit <n>', 'at most so many events', wholeNumber, 50)
    .action(async (id: string, { limit }: { readonly limit: number }) => {
      const path = `/v1/customers/${encodeURIComponent(id)}/timeline`;
      const entries = await withEngine(({ client }) => collect(allPages(client, path, { item: entry, limit })));
      output.table(entries, [
        { heading: 'OCCURRED', cell: (row) => row.occurred_at },
        { heading: 'TYPE', cell: (row) => row.type },
        { heading: 'SOURCE', cell: (row) => row.source },
        { heading: 'REVISION', cell: (row) => row.revision, align: 'right' },
        { heading: 'PROPERTIES', cell: (row) => JSON.stringify(row.properties) },
      ]);
    });
  addExport(customers, context);
  addErasures(customers, context);
  addMerges(customers, context);
};

function profileText(found: Customer): string {
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
  const pairs = (values: Readonly<Record<string, unknown>>): readonly string[] =>
    Object.entries(values).map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [
    `customer ${found.qontak_customer_id}`,
    ...section('also known as', found.merged_ids),
    ...section(
      'identifiers',
      found.identifiers.map(({ kind, value }) => `${kind}: ${value}`),
    ),
    ...section('attributes', pairs(found.attributes)),
    ...section(
      'events',
      Object.entries(found.events).map(
        ([type, { count, first_at: first, last_at: last, sums }]) =>
          `${type}: ${count}, first ${first}, last ${last}, ${JSON.stringify(sums)}`,
      ),
    ),
    ...section(
      'segments',
      found.segments.map(({ segment_id: segment, entered_at: at }) => `${segment} since ${at}`),
    ),
    ...section('consent', pairs(found.consent)),
    ...section('seen', [`first ${found.first_seen_at}`, `last ${found.last_seen_at}`]),
  ]
    .map((line) => line.replace(/\p{Cc}+/gu, ' '))
    .join('\n');
}
