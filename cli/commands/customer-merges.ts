import type { Command } from 'commander';
import { z } from 'zod';
import type { CommandContext } from '../command-context.js';

const change = z.looseObject({
  from: z.array(z.string()),
  to: z.array(z.string()),
  fields: z.array(z.string()),
  events: z.array(z.object({ type: z.string(), from: z.number(), to: z.number() })),
  segments: z.object({ entered: z.array(z.string()), left: z.array(z.string()) }),
  consent: z.array(
    z.object({ channel: z.string(), purpose: z.string(), from: z.string().optional(), to: z.string().optional() }),
  ),
});
const linked = z.union([
  z.object({ dry_run: z.literal(false), events: z.number(), position: z.string() }),
  z.object({ dry_run: z.literal(true), changes: z.array(change) }),
]);

/** `cebe customer merge|unmerge`: who is the same person. */
export function addMerges(customers: Command, { output, withEngine }: CommandContext): void {
  for (const action of ['merge', 'unmerge'] as const) {
    customers
      .command(action)
      .description(action === 'merge' ? 'say that two customers are one person' : 'say that two customers are two people')
      .argument('<id>', 'qontak_customer_id')
      .argument('<other>', 'the other customer')
      .requiredOption('--reason <text>', 'why')
      .option('--dry-run', 'only say what would be different')
      .action(async (id: string, other: string, options: { readonly reason: string; readonly dryRun?: true }) => {
        const body = { with: other, reason: options.reason, dry_run: options.dryRun === true };
        const path = `/v1/customers/${encodeURIComponent(id)}/${action}`;
        output.data(await withEngine(({ client }) => client.request('POST', path, linked, { body })), linkedText);
      });
  }
}

function linkedText(done: z.infer<typeof linked>): string {
  if (!done.dry_run) return done.events === 0 ? 'it was so already' : `recorded at ${done.position}`;
  if (done.changes.length === 0) return 'nothing would be different';
  return done.changes
    .map(({ from, to, fields, events, segments, consent }) =>
      [
        `${from.join(' + ')} would become ${to.join(' + ')}`,
        `  fields: ${fields.join(', ') || 'as they are'}`,
        ...events.map((event) => `  ${event.type}: ${String(event.from)} would be ${String(event.to)}`),
        ...segments.entered.map((segment) => `  enters segment ${segment}`),
        ...segments.left.map((segment) => `  leaves segment ${segment}`),
        ...consent.map(
          (said) => `  consent ${said.channel}/${said.purpose}: ${said.from ?? 'none'} would be ${said.to ?? 'none'}`,
        ),
      ].join('\n'),
    )
    .join('\n');
}
