import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import type { AddCommand } from '../add-command.js';
import type { CommandContext } from '../command-context.js';
import type { Connection } from '../engine-connection.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { planCdnow } from '../import/cdnow-import.js';
import { dryRun } from '../import/dry-run.js';
import { statePathFor } from '../import/import-state.js';
import { planMapped, type MappedKind } from '../import/mapped-import.js';
import { readWorkspace } from '../import/open-import.js';
import { runImport, type ImportPlan } from '../import/run-import.js';
import { countsText } from '../sending/counts-text.js';
import { requireFile } from '../sending/input-file.js';
import { noteRefusals } from '../sending/refusals.js';
import { openRejectFile } from '../sending/reject-file.js';

interface CommonOptions {
  readonly dryRun?: true;
  readonly rejects?: string;
  readonly state?: string;
}

type Plan = (file: string, connection: Connection) => Promise<ImportPlan>;

interface ImportJob {
  readonly file: string;
  readonly options: CommonOptions;
  readonly plan: Plan;
}

/** `cebe import cdnow|csv|ndjson FILE`: history, folded without reactions; exit code 3 when something was refused. */
export const addImport: AddCommand = (program, context, end) => {
  const imports = program.command('import').description('import history: its events are folded without reactions');
  withCommonOptions(imports.command('cdnow').description('the CDNOW purchases, one order each'))
    .option('--keep-dates', 'leave the dates of 1997 and 1998, instead of moving the last purchase to yesterday')
    .action(async (file: string, options: CommonOptions & { readonly keepDates?: true }) => {
      const dates = options.keepDates === true ? 'keep' : 'shift';
      const plan: Plan = (path, { client }) => planCdnow(path, { client, dates, now: Date.now() });
      await execute({ file, options, plan }, context, end);
    });
  for (const kind of ['csv', 'ndjson'] as const) addMapped(imports, { kind, context, end });
};

interface MappedCommand {
  readonly kind: MappedKind;
  readonly context: CommandContext;
  readonly end: (code: ExitCode) => void;
}

function addMapped(imports: Command, { kind, context, end }: MappedCommand): void {
  const what = kind === 'csv' ? 'rows of a CSV file with a header' : 'lines of JSON objects';
  withCommonOptions(imports.command(kind).description(`${what}, through a map`))
    .requiredOption('--map <file>', 'says how a row becomes an event (JSON)')
    .option('--label <text>', 'name of the import; the file’s name unless told')
    .action(async (file: string, options: CommonOptions & { readonly map: string; readonly label?: string }) => {
      const mapFile = resolve(context.cwd, options.map);
      await requireFile(mapFile);
      const plan: Plan = async (path, { client }) => {
        const { time_zone: zone } = await readWorkspace(client);
        return planMapped(path, { kind, mapFile, zone, label: options.label ?? basename(path) });
      };
      await execute({ file, options, plan }, context, end);
    });
}

function withCommonOptions(command: Command): Command {
  return command
    .argument('<file>')
    .option('--dry-run', 'read and check everything, send nothing')
    .option('--rejects <file>', 'write what was refused there, with line, reason and row')
    .option('--state <file>', 'where to remember how far it came, instead of in the data folder');
}

async function execute(job: ImportJob, context: CommandContext, end: (code: ExitCode) => void): Promise<void> {
  const file = resolve(context.cwd, job.file);
  await requireFile(file);
  const work = async (connection: Connection): Promise<number> => {
    const plan = await job.plan(file, connection);
    const around = { context, connection };
    return job.options.dryRun === true ? show(plan, job, around) : load(plan, { ...job, file }, around);
  };
  const refused = await context.withEngine(work, { folder: 'made' });
  if (refused > 0) end(exitCodes.found_problems);
}

interface Surroundings {
  readonly context: CommandContext;
  readonly connection: Connection;
}

/** Answers how many were refused. */
async function load(plan: ImportPlan, { file, options }: ImportJob, around: Surroundings): Promise<number> {
  const { context, connection } = around;
  const { output, cwd } = context;
  const signal = context.interruption();
  const result = await runImport(plan, {
    client: connection.client,
    output,
    signal,
    statePath: options.state === undefined ? statePathFor(context.config().dataDir, file) : resolve(cwd, options.state),
    ...(options.rejects === undefined ? {} : { rejectsPath: resolve(cwd, options.rejects) }),
  }).catch((error: unknown) => {
    output.note('stopped before its end: the same command goes on from here');
    throw error;
  });
  const { importId, counts, refusals, position } = result;
  output.data(
    { import_id: importId, ...counts, shift_days: plan.shiftDays, refused: refusals.first(), position },
    () => `${plan.label}: ${countsText(counts)}`,
  );
  noteRefusals(output, refusals);
  return counts.quarantined + counts.rejected;
}

/** Answers how many would be refused. */
async function show(plan: ImportPlan, { options }: ImportJob, around: Surroundings): Promise<number> {
  const { output, cwd } = around.context;
  const workspace = await readWorkspace(around.connection.client);
  const rejects = options.rejects === undefined ? null : await openRejectFile(resolve(cwd, options.rejects), 0);
  const found = await dryRun(plan.items(), {
    unknownTypes: workspace.unknown_types,
    defaultCountry: workspace.default_country,
    now: Date.now(),
    onRefused: async (refused) => {
      await rejects?.write([refused]);
    },
  }).finally(() => rejects?.close());
  const { events, refused, refusals, examples } = found;
  output.data({ dry_run: true, events, rejected: refused, shift_days: plan.shiftDays, examples, refused: refusals.first() }, () =>
    [
      `${plan.label}: ${events.toLocaleString('en')} events, ${refused.toLocaleString('en')} refused; nothing was sent`,
      ...examples.map((example) => JSON.stringify(example)),
    ].join('\n'),
  );
  noteRefusals(output, refusals);
  return refused;
}
