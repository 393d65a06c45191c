import type { Command } from 'commander';
import { z } from 'zod';
import type { AddCommand } from '../add-command.js';
import type { CommandContext } from '../command-context.js';
import { confirm } from '../confirm.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { followJob } from '../follow-job.js';
import { readJsonFile } from '../json-file.js';
import { wholeNumber } from '../option-values.js';

const draft = z.looseObject({ draft: z.int(), plan: z.unknown(), at: z.string(), actor: z.string() });
const shown = z.looseObject({ source: z.string(), draft, published: draft.optional() });
const changed = z.object({ draft: z.int(), position: z.string() });
const violation = z.looseObject({ type: z.string(), kind: z.string(), field: z.string().optional() });
const report = z.looseObject({
  draft: z.int(),
  since: z.string(),
  events: z.int(),
  would_refuse: z.int(),
  would_warn: z.int(),
  violations: z.array(violation.extend({ mode: z.string(), events: z.int(), example: z.object({ event_id: z.string() }) })),
});
const counted = violation.extend({
  warned: z.int(),
  refused: z.int(),
  last_at: z.string(),
  samples: z.array(z.looseObject({ event_id: z.string().optional(), dead_letter: z.string().optional() })),
});
type Report = z.infer<typeof report>;

/** `cebe plan show|draft|check|publish|withdraw|violations`: what sources may send, and what they send against that. */
export const addPlan: AddCommand = (program, context, end) => {
  const plans = program.command('plan').description('tracking plans: what each source may send');
  addReads(plans, context);
  addDraft(plans, context);
  addPublish(plans, context, end);
  addWithdraw(plans, context);
};

function addReads(plans: Command, { output, withEngine }: CommandContext): void {
  plans
    .command('show')
    .description('the newest draft, and whether it holds')
    .argument('<source>')
    .action(async (source: string) => {
      const found = await withEngine(({ client }) => client.request('GET', pathOf(source), shown));
      output.data(found, ({ draft: newest, published }) =>
        [
          `draft ${newest.draft} of ${newest.at}${published?.draft === newest.draft ? ', which holds' : ''}`,
          ...(published === undefined ? ['no draft is published'] : []),
          ...(published === undefined || published.draft === newest.draft ? [] : [`draft ${published.draft} holds`]),
          JSON.stringify(newest.plan, null, 2),
        ].join('\n'),
      );
    });
  plans
    .command('violations')
    .description('what the source sends against its plan, by type and property')
    .argument('<source>')
    .action(async (source: string) => {
      const path = `/v1/sources/${encodeURIComponent(source)}/violations`;
      const { data } = await withEngine(({ client }) => client.request('GET', path, z.looseObject({ data: z.array(counted) })));
      output.table(data, [
        { heading: 'TYPE', cell: (row) => row.type },
        { heading: 'VIOLATION', cell: (row) => row.kind },
        { heading: 'PROPERTY', cell: (row) => row.field ?? '' },
        { heading: 'WARNED', cell: (row) => row.warned, align: 'right' },
        { heading: 'REFUSED', cell: (row) => row.refused, align: 'right' },
        { heading: 'LAST', cell: (row) => row.last_at },
        { heading: 'EXAMPLE', cell: (row) => row.samples[0]?.dead_letter ?? row.samples[0]?.event_id ?? '' },
      ]);
    });
}

function addDraft(plans: Command, context: CommandContext): void {
  plans
    .command('draft')
    .description('write down a plan; it holds once it is published')
    .argument('<source>')
    .argument('<file>', 'the plan as JSON, or - for stdin')
    .action(async (source: string, file: string) => {
      const body = await readJsonFile(file, 'a tracking plan', context);
      const done = await context.withEngine(({ client }) => client.request('PUT', pathOf(source), changed, { body }));
      context.output.data(
        done,
        () => `draft ${done.draft} of ${source}; cebe plan check ${source} shows what it would have refused`,
      );
    });
}

function addPublish(plans: Command, context: CommandContext, end: (code: ExitCode) => void): void {
  const days = ['--days <n>', 'how far back to look', wholeNumber, 7] as const;
  plans
    .command('check')
    .description('hold what the source sent lately against the draft; exit code 3 when some would have been refused')
    .argument('<source>')
    .option(...days)
    .action(async (source: string, options: { readonly days: number }) => {
      const found = await check(context, source, options);
      context.output.data(found, describe);
      if (found.would_refuse > 0) end(exitCodes.found_problems);
    });
  plans
    .command('publish')
    .description('let the draft hold, after a look at what it would have refused')
    .argument('<source>')
    .option(...days)
    .option('--yes', 'do not ask')
    .action(async (source: string, { yes, ...options }: { readonly days: number; readonly yes?: true }) => {
      const found = await check(context, source, options);
      context.output.note(describe(found));
      const consequence = `Draft ${found.draft} holds for everything that ${source} sends from now on.`;
      await confirm(context.output, { yes: yes === true, name: source, consequence });
      // It was looked at just now.
      const body = { draft: found.draft, days: 1 };
      const done = await context.withEngine(({ client }) =>
        client.request('POST', `${pathOf(source)}/publish`, z.looseObject({ draft: z.int(), position: z.string() }), { body }),
      );
      context.output.data({ source, draft: done.draft, position: done.position }, () => `draft ${done.draft} of ${source} holds`);
    });
}

function addWithdraw(plans: Command, { output, withEngine }: CommandContext): void {
  plans
    .command('withdraw')
    .description('go back to what the workspace decides')
    .argument('<source>')
    .option('--yes', 'do not ask')
    .action(async (source: string, { yes }: { readonly yes?: true }) => {
      const consequence = `What ${source} sends is no longer held against a plan.`;
      await confirm(output, { yes: yes === true, name: source, consequence });
      const done = await withEngine(({ client }) => client.request('DELETE', pathOf(source), changed));
      output.data({ source, withdrawn: true, position: done.position }, () => `${source} has no plan any more`);
    });
}

async function check(context: CommandContext, source: string, body: { readonly days: number }): Promise<Report> {
  const job = { path: `${pathOf(source)}/check`, query: {}, body, label: `check ${source}` };
  return report.parse(await followJob(context, job));
}

function describe({ draft: of, since, events, would_refuse: refused, would_warn: warned, violations }: Report): string {
  return [
    `draft ${of}: of ${events.toLocaleString('en')} events since ${since} it would have refused ${refused.toLocaleString('en')} and warned of ${warned.toLocaleString('en')}`,
    ...violations.map(({ type, kind, field, mode, events: times, example }) =>
      [`  ${mode}`, type, kind, field, `${times} times, for example ${example.event_id}`]
        .filter((part) => part !== undefined)
        .join(' '),
    ),
  ].join('\n');
}

function pathOf(source: string): string {
  return `/v1/sources/${encodeURIComponent(source)}/plan`;
}
