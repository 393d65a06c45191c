import type { Command } from 'commander';
import { z } from 'zod';
import type { CommandContext } from '../command-context.js';

interface ExportOptions {
  readonly reason: string;
  readonly consent?: boolean;
}

/** `cebe customer export`: everything that is held about a person, as one JSON document. */
export function addExport(customers: Command, { output, withEngine }: CommandContext): void {
  customers
    .command('export')
    .description('everything that is held about a person, as JSON')
    .argument('<id>', 'qontak_customer_id')
    .requiredOption('--reason <text>', 'why, in words that do not name anybody: it is recorded')
    .option('--consent', 'only what was said about messages, with its evidence')
    .action(async (id: string, { reason, consent = false }: ExportOptions) => {
      const path = `/v1/customers/${encodeURIComponent(id)}/export`;
      const headers = { 'reveal-reason': encodeURIComponent(reason) };
      const query = { part: consent ? 'consent' : 'everything' };
      const held = await withEngine(({ client }) => client.request('GET', path, z.looseObject({}), { query, headers }));
      output.data(held, (document) => JSON.stringify(document, null, 2));
    });
}
