import { Option, type Command } from 'commander';
import { z } from 'zod';
import { EngineError } from '../../contracts/errors.js';
import { deadLetterKinds, type DeadLetterKind } from '../../contracts/read-models/dead-letters.port.js';
import type { AddCommand } from '../add-command.js';
import { allPages, collect } from '../all-pages.js';
import type { CommandContext } from '../command-context.js';
import { confirm } from '../confirm.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import type { HttpClient } from '../http-client.js';
import { wholeNumber } from '../option-values.js';

const letter = z.looseObject({
  id: z.string(),
  kind: z.enum(deadLetterKinds),
  group: z.string(),
  code: z.string(),
  detail: z.string(),
  reference: z.record(z.string(), z.union([z.string(), z.number()])),
  since: z.string(),
});
const group = z.object({ kind: z.enum(deadLetterKinds), group: z.string(), count: z.int(), example: letter });
const result = z.object({ id: z.string(), outcome: z.enum(['resolved', 'still_waiting']), detail: z.string().optional() });
const results = z.object({ resolved: z.int(), still_waiting: z.int(), results: z.array(result) });
type Letter = z.infer<typeof letter>;

interface Selection {
  readonly kind: DeadLetterKind;
  readonly group?: string;
}

/** `cebe deadletter list|show|retry|drop`: what waits for a person, one by one or by the group of its reason. */
export const addDeadletter: AddCommand = (program, context, end) => {
  const letters = program.command('deadletter').description('what waits for a person');
  addReads(letters, context);
  addRetry(letters, context, end);
  addDrop(letters, context);
};

function addReads(letters: Command, { output, withEngine }: CommandContext): void {
  withSelection(letters.command('list').description('what waits, of one kind'))
    .option('--groups', 'count by reason instead')
    .option('--limit <n>', 'at most so many', wholeNumber, 100)
    .action(async ({ kind, group: of, ...options }: Selection & { readonly groups?: true; readonly limit: number }) => {
      if (options.groups === true) {
        const { data } = await withEngine(({ client }) => groupsOf(client, kind));
        output.table(data, [
          { heading: 'COUNT', cell: (row) => row.count, align: 'right' },
          { heading: 'GROUP', cell: (row) => row.group },
          { heading: 'EXAMPLE', cell: (row) => row.example.id },
          { heading: 'DETAIL', cell: (row) => row.example.detail },
        ]);
        return;
      }
      const found = await withEngine(({ client }) => collect(lettersOf(client, { kind, group: of, limit: options.limit })));
      output.table(found, [
        { heading: 'ID', cell: (row) => row.id },
        { heading: 'SINCE', cell: (row) => row.since },
        { heading: 'CODE', cell: (row) => row.code },
        { heading: 'DETAIL', cell: (row) => row.detail },
        { heading: 'REFERENCE', cell: (row) => referenceText(row) },
      ]);
    });
  letters
    .command('show')
    .description('everything that is known of one')
    .argument('<id>')
    .action(async (id: string) => {
      const found = await withEngine(({ client }) => client.request('GET', `/v1/dead-letters/${encodeURIComponent(id)}`, letter));
      output.data(found, ({ kind, group: of, code, detail, since }) =>
        [
          `${kind} ${id}`,
          `code: ${code}`,
          `detail: ${detail}`,
          `group: ${of}`,
          `since: ${since}`,
          `reference: ${referenceText(found)}`,
        ].join('\n'),
      );
    });
}

function addRetry(letters: Command, { output, withEngine }: CommandContext, end: (code: ExitCode) => void): void {
  withSelection(
    letters.command('retry').description('try again: one, or a group; exit code 3 when some still wait').argument('[id]'),
  ).action(async (id: string | undefined, { kind, group: of }: Selection) => {
    const done = await withEngine(async ({ client }) => {
      if (id === undefined) return retryGroup(client, { kind, group: requiredGroup(of) });
      const one = await client.request('POST', `/v1/dead-letters/${encodeURIComponent(id)}/retry`, result);
      return { resolved: one.outcome === 'resolved' ? 1 : 0, still_waiting: one.outcome === 'resolved' ? 0 : 1, results: [one] };
    });
    output.data(done, ({ resolved, still_waiting: waiting }) =>
      done.results.length === 0
        ? `nothing of kind ${kind} waits in the group ${of ?? ''}; cebe deadletter list --kind ${kind} --groups lists the groups`
        : `${resolved} resolved, ${waiting} still waiting`,
    );
    if (done.still_waiting > 0) end(exitCodes.found_problems);
  });
}

function addDrop(letters: Command, { output, withEngine }: CommandContext): void {
  withSelection(letters.command('drop').description('give up on one, or on a group').argument('[id]'))
    .option('--reason <text>', 'why, for the record')
    .option('--yes', 'do not ask')
    .action(
      async (
        id: string | undefined,
        { kind, group: of, reason, yes }: Selection & { readonly reason?: string; readonly yes?: true },
      ) => {
        const name = id ?? requiredGroup(of);
        const consequence = id === undefined ? `Everything of the group ${name} is given up.` : `${name} is given up.`;
        await confirm(output, { yes: yes === true, name, consequence });
        const dropped = await withEngine(async ({ client }) => {
          const ids = id === undefined ? (await collect(lettersOf(client, { kind, group: name }))).map((one) => one.id) : [id];
          const body = reason === undefined ? {} : { body: { reason } };
          for (const one of ids)
            await client.request('POST', `/v1/dead-letters/${encodeURIComponent(one)}/drop`, z.unknown(), body);
          return ids.length;
        });
        output.data({ dropped }, () => `${dropped} dropped`);
      },
    );
}

function withSelection(command: Command): Command {
  return command
    .addOption(new Option('--kind <kind>', 'where it came from').choices(deadLetterKinds).default('ingest'))
    .option('--group <group>', 'only those of this reason, as `--groups` lists it');
}

function requiredGroup(given: string | undefined): string {
  if (given !== undefined) return given;
  throw new EngineError('invalid_input', 'Expected the id of a dead letter, or --group with the reason of several.');
}

function groupsOf(client: HttpClient, kind: DeadLetterKind): Promise<{ readonly data: readonly z.infer<typeof group>[] }> {
  return client.request('GET', '/v1/dead-letters/groups', z.object({ data: z.array(group) }), { query: { kind } });
}

/** The engine retries up to 10,000 at once. */
function retryGroup(
  client: HttpClient,
  body: { readonly kind: DeadLetterKind; readonly group: string },
): Promise<z.infer<typeof results>> {
  return client.request('POST', '/v1/dead-letters/retry', results, { body });
}

function lettersOf(
  client: HttpClient,
  { kind, group: of, limit }: { readonly kind: DeadLetterKind; readonly group?: string | undefined; readonly limit?: number },
): AsyncIterable<Letter> {
  const options = { item: letter, query: { kind, group: of }, ...(limit === undefined ? {} : { limit }) };
  return allPages(client, '/v1/dead-letters', options);
}

function referenceText({ reference }: Letter): string {
  return Object.entries(reference)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
