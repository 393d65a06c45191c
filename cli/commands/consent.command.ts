import type { Command } from 'commander';
import { z } from 'zod';
import type { AddCommand } from '../add-command.js';
import { allPages, collect } from '../all-pages.js';
import { wholeNumber } from '../option-values.js';

const standing = z.looseObject({
  channel: z.string(),
  purpose: z.string(),
  state: z.string(),
  at: z.string().optional(),
  via: z.string().optional(),
  may_be_written_to: z.boolean(),
});
const entry = z.looseObject({
  what: z.string(),
  channel: z.string(),
  purpose: z.string(),
  at: z.string(),
  actor: z.string(),
  via: z.string().optional(),
  method: z.string().optional(),
  wording_version: z.string().optional(),
});
const shown = z.looseObject({ consent: z.array(standing), suppressed: z.string().optional() });

interface SayOptions {
  readonly channel: string;
  readonly purpose: string;
  readonly wording?: string;
  readonly via?: string;
  readonly at?: string;
  readonly reason?: string;
}

/** `cebe consent show|grant|withdraw`: what a customer allows, and what they said about it. */
export const addConsent: AddCommand = (program, { output, withEngine }) => {
  const consent = program.command('consent').description('what customers allow');
  const pathOf = (id: string): string => `/v1/customers/${encodeURIComponent(id)}/consent`;
  consent
    .command('show')
    .description('where consent stands, and everything that was said about it, newest first')
    .argument('<id>', 'qontak_customer_id')
    .option('--limit <n>', 'at most so many entries', wholeNumber, 50)
    .action(async (id: string, { limit }: { readonly limit: number }) => {
      const { now, entries } = await withEngine(async ({ client }) => ({
        now: await client.request('GET', pathOf(id), shown, { query: { limit: '1' } }),
        entries: await collect(allPages(client, pathOf(id), { item: entry, limit })),
      }));
      for (const { channel, purpose, state, may_be_written_to: may } of now.consent) {
        output.note(`${channel} ${purpose}: ${state.replace('_', ' ')}, ${may ? 'may' : 'may not'} be written to`);
      }
      if (now.suppressed !== undefined) output.note(`the address is suppressed: ${now.suppressed}`);
      output.table(entries, [
        { heading: 'AT', cell: (row) => row.at },
        { heading: 'WHAT', cell: (row) => row.what },
        { heading: 'CHANNEL', cell: (row) => row.channel },
        { heading: 'PURPOSE', cell: (row) => row.purpose },
        { heading: 'METHOD', cell: (row) => row.method ?? '' },
        { heading: 'WORDING', cell: (row) => row.wording_version ?? '' },
        { heading: 'VIA', cell: (row) => row.via ?? '' },
        { heading: 'ACTOR', cell: (row) => row.actor },
      ]);
    });

  function addSaying(name: string, state: 'granted' | 'withdrawn', description: string): Command {
    return consent
      .command(name)
      .description(description)
      .argument('<id>', 'qontak_customer_id')
      .requiredOption('--purpose <purpose>', 'what for, such as marketing')
      .option('--channel <channel>', 'the way out', 'email')
      .option('--wording <version>', 'which version of the words the customer saw')
      .option('--via <place>', 'where it was said, such as a form')
      .option('--at <instant>', 'when it was said, ISO-8601 (default: now)')
      .option('--reason <text>', 'why, in words')
      .action(async (id: string, { channel, purpose, wording, via, at, reason }: SayOptions) => {
        const given = { wording_version: wording, via, at, reason };
        const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
        const body = { channel, purpose, state, ...known };
        const { position } = await withEngine(({ client }) =>
          client.request('POST', pathOf(id), z.looseObject({ position: z.string() }), { body }),
        );
        output.data({ qontak_customer_id: id, channel, purpose, state, position }, () => `${channel} ${purpose}: ${state}`);
      });
  }
  addSaying('grant', 'granted', 'record that a customer allows it');
  addSaying('withdraw', 'withdrawn', 'record that a customer does not want it any more');
};
