import { z } from 'zod';
import type { AddCommand } from '../add-command.js';
import { exitCodes } from '../exit-codes.js';
import { followJob } from '../follow-job.js';

const status = z.looseObject({
  name: z.string(),
  version: z.int(),
  generation: z.int(),
  state: z.string(),
  lag_events: z.number(),
  lag_ms: z.number(),
  events_per_second: z.number(),
  blocked: z.number(),
  last_error: z.looseObject({}).optional(),
  job: z.looseObject({ kind: z.string() }).optional(),
});
const verdict = z.looseObject({ equal: z.boolean(), documents: z.int(), differing: z.array(z.unknown()), position: z.string() });

/** `cebe projection list|rebuild|verify|switch`: how read models are doing; rebuilds with progress, `verify` ends with 3 when something differs. */
export const addProjection: AddCommand = (program, context, end) => {
  const { output, withEngine } = context;
  const projections = program.command('projection').description('projections: what is derived from the log');
  projections
    .command('list')
    .description('name, version, state and lag of each')
    .action(async () => {
      const { data } = await withEngine(({ client }) =>
        client.request('GET', '/v1/projections', z.object({ data: z.array(status) })),
      );
      output.table(data, [
        { heading: 'NAME', cell: (row) => row.name },
        { heading: 'VERSION', cell: (row) => row.version, align: 'right' },
        { heading: 'GENERATION', cell: (row) => row.generation, align: 'right' },
        { heading: 'STATE', cell: (row) => (row.job === undefined ? row.state : `${row.state}, ${row.job.kind}`) },
        { heading: 'LAG', cell: (row) => row.lag_events, align: 'right' },
        { heading: 'EVENTS/S', cell: (row) => Math.round(row.events_per_second), align: 'right' },
        { heading: 'BLOCKED', cell: (row) => row.blocked, align: 'right' },
        { heading: 'LAST ERROR', cell: (row) => (row.last_error === undefined ? '' : JSON.stringify(row.last_error)) },
      ]);
    });
  projections
    .command('rebuild')
    .description('build it anew beside the one that serves, then switch')
    .argument('<name>')
    .option('--manual', 'do not switch until `cebe projection switch`')
    .action(async (name: string, { manual }: { readonly manual?: true }) => {
      const mode = manual === true ? 'manual' : 'auto';
      const last = await followJob(context, {
        path: `${pathOf(name)}/rebuild`,
        query: { switch: mode },
        label: `rebuild ${name}`,
      });
      output.data({ name, ...last }, () =>
        last.state === 'ready' ? `${name} is built; cebe projection switch ${name} lets it take over` : `${name}: ${last.state}`,
      );
    });
  projections
    .command('verify')
    .description('fold the log anew and compare; exit code 3 when something differs')
    .argument('<name>')
    .action(async (name: string) => {
      const result = verdict.parse(
        await followJob(context, { path: `${pathOf(name)}/verify`, query: {}, label: `verify ${name}` }),
      );
      const { equal, documents, differing, position } = result;
      output.data({ name, equal, documents, differing, position }, () =>
        [
          `${name}: ${documents.toLocaleString('en')} documents, ${equal ? 'equal' : 'NOT equal'}`,
          ...differing.map((one) => `  ${JSON.stringify(one)}`),
        ].join('\n'),
      );
      if (!equal) end(exitCodes.found_problems);
    });
  projections
    .command('switch')
    .description('let a rebuild that is ready take over')
    .argument('<name>')
    .action(async (name: string) => {
      const answer = z.object({ name: z.string(), generation: z.int() });
      const switched = await withEngine(({ client }) => client.request('POST', `${pathOf(name)}/switch`, answer));
      output.data(switched, () => `${name}: generation ${switched.generation} takes over`);
    });
};

function pathOf(name: string): string {
  return `/v1/projections/${encodeURIComponent(name)}`;
}
