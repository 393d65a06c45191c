import { z } from 'zod';
import type { AddCommand } from '../add-command.js';
import type { CommandContext } from '../command-context.js';
import { describeParts } from '../describe-rule.js';
import { readJsonFile } from '../json-file.js';

const rule = z.record(z.string(), z.unknown());
const segment = z.looseObject({
  segment_id: z.string(),
  name: z.string(),
  rule,
  revision: z.int(),
  state: z.string(),
  member_count: z.int(),
  evaluated_at: z.string().optional(),
});
const segments = z.looseObject({ data: z.array(segment), page: z.object({ next_cursor: z.string().nullable() }) });
const preview = z.looseObject({
  count: z.int(),
  exact: z.boolean(),
  sample: z.array(z.looseObject({ qontak_customer_id: z.string() })),
  per_rule: z.array(z.object({ pointer: z.string(), count: z.int() })),
});
const explanation = z.looseObject({
  matches: z.boolean(),
  parts: z.array(z.object({ pointer: z.string(), holds: z.boolean() })),
});

/** `cebe segment preview|list|explain`: what a rule would select, what segments there are, and why a customer is or is not in one. */
export const addSegment: AddCommand = (program, context) => {
  const commands = program.command('segment').description('segments: rules, and who meets them');
  commands
    .command('preview')
    .description('count who meets a rule, without saving it')
    .argument('<file>', 'the rule as JSON, or - for stdin')
    .action(async (file: string) => {
      const asked = await readJsonFile(file, 'a rule', context);
      const found = await context.withEngine(({ client }) =>
        client.request('POST', '/v1/segments/preview', preview, { body: { rule: asked } }),
      );
      context.output.data(found, () => {
        const parts = describeParts(asked, (pointer) => counted(found.per_rule.find((part) => part.pointer === pointer)?.count));
        const sample = found.sample.map(({ qontak_customer_id: id }) => id).join(', ');
        return [
          `${found.exact ? '' : 'at least '}${counted(found.count)} customers`,
          ...parts,
          `for example ${sample || 'nobody'}`,
        ].join('\n');
      });
    });
  commands
    .command('list')
    .description('id, name, state and size of each')
    .action(async () => {
      context.output.table(await listAll(context), [
        { heading: 'ID', cell: (row) => row.segment_id },
        { heading: 'NAME', cell: (row) => row.name },
        { heading: 'STATE', cell: (row) => row.state },
        { heading: 'MEMBERS', cell: (row) => row.member_count, align: 'right' },
        { heading: 'REVISION', cell: (row) => row.revision, align: 'right' },
        { heading: 'EVALUATED', cell: (row) => row.evaluated_at ?? '' },
      ]);
    });
  commands
    .command('explain')
    .description('which parts of a segment’s rule hold for a customer')
    .argument('<segment>', 'the id of the segment')
    .argument('<customer>', 'the id of the customer')
    .action(async (segmentId: string, customer: string) => {
      const asked = await context.withEngine(async ({ client }) => {
        const { rule: known } = await client.request('GET', `/v1/segments/${encodeURIComponent(segmentId)}`, segment);
        const body = { rule: known, qontak_customer_id: customer };
        return { rule: known, found: await client.request('POST', '/v1/segments/explain', explanation, { body }) };
      });
      context.output.data(asked.found, () => {
        const parts = describeParts(asked.rule, (pointer) => {
          return asked.found.parts.find((part) => part.pointer === pointer)?.holds === true ? 'yes' : 'no';
        });
        return [`${customer} ${asked.found.matches ? 'meets' : 'does not meet'} the rule`, ...parts].join('\n');
      });
    });
};

function listAll({ withEngine }: CommandContext): Promise<readonly z.infer<typeof segment>[]> {
  return withEngine(async ({ client }) => {
    const found: z.infer<typeof segment>[] = [];
    let cursor: string | null = null;
    do {
      const query: Readonly<Record<string, string | number>> = cursor === null ? { limit: 1_000 } : { limit: 1_000, cursor };
      const page: z.infer<typeof segments> = await client.request('GET', '/v1/segments', segments, { query });
      found.push(...page.data);
      cursor = page.page.next_cursor;
    } while (cursor !== null);
    return found;
  });
}

function counted(count: number | undefined): string {
  return (count ?? 0).toLocaleString('en');
}
