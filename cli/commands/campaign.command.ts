import type { Command } from 'commander';
import { z } from 'zod';
import { pause } from '../../runtime/retry.js';
import type { AddCommand } from '../add-command.js';
import type { CommandContext } from '../command-context.js';
import { confirm } from '../confirm.js';
import { funnelPicture } from '../demo/funnel-picture.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import type { HttpClient } from '../http-client.js';

const step = z.looseObject({
  people: z.int(),
  total: z.int(),
  of: z.string(),
  denominator: z.int(),
  rate: z.number().optional(),
});
const funnel = z.looseObject({
  run_id: z.string(),
  state: z.string(),
  audience: z.int(),
  outcomes: z.record(z.string(), z.int()),
  suppressed_by_reason: z.record(z.string(), z.int()),
  steps: z.record(z.string(), step),
});
const run = z.looseObject({
  run_id: z.string(),
  campaign_id: z.string(),
  state: z.string(),
  started_at: z.string(),
  audience: z.int().optional(),
});
const failures = z.looseObject({ data: z.array(z.object({ reason: z.string(), messages: z.int() })) });
const launched = z.object({ run_id: z.string(), position: z.string() });
const changed = z.object({ run_id: z.string(), state: z.string(), position: z.string() });

const WATCH_MS = 500;

/** `cebe campaign launch|status|pause|resume|cancel|retry-failed`. */
export const addCampaign: AddCommand = (program, context, end) => {
  const campaigns = program.command('campaign').description('launch campaigns and look after their runs');
  addLaunch(campaigns, context, end);
  addStatus(campaigns, context);
  addActions(campaigns, context);
  addRetry(campaigns, context);
};

function addLaunch(
  campaigns: Command,
  { output, withEngine, interruption }: CommandContext,
  end: (code: ExitCode) => void,
): void {
  campaigns
    .command('launch')
    .description('send a campaign now; it has one run')
    .argument('<campaign-id>')
    .option('--watch', 'stay until the run is completed and print its funnel; exit code 3 when messages failed')
    .action(async (id: string, { watch }: { readonly watch?: true }) => {
      await withEngine(async ({ client }) => {
        const answer = await client.request('POST', `/v1/campaigns/${encodeURIComponent(id)}/launch`, launched);
        if (watch !== true) {
          output.data(answer, ({ run_id }) => `run ${run_id} launched`);
          return;
        }
        const result = await watchRun(client, {
          runId: answer.run_id,
          position: answer.position,
          signal: interruption(),
          output,
        });
        output.data(result, funnelPicture);
        if ((result.outcomes['failed'] ?? 0) + (result.outcomes['uncertain'] ?? 0) > 0) end(exitCodes.found_problems);
      });
    });
}

interface Watched {
  readonly runId: string;
  readonly position: string;
  readonly signal: AbortSignal;
  readonly output: CommandContext['output'];
}

async function watchRun(client: HttpClient, { runId, position, signal, output }: Watched): Promise<z.infer<typeof funnel>> {
  const query = { min_position: position, wait_ms: 10_000 };
  const ask = (): Promise<z.infer<typeof funnel>> => client.request('GET', `${pathOf(runId)}/funnel`, funnel, { query, signal });
  let found = await ask();
  while (found.state === 'gathering') {
    await pause(WATCH_MS, signal);
    found = await ask();
  }
  const bar = output.progress({ label: 'sending', total: found.audience, unit: 'messages' });
  try {
    while (found.state === 'sending' || found.state === 'cancelling') {
      bar.update(found.audience - (found.outcomes['pending'] ?? 0));
      await pause(WATCH_MS, signal);
      found = await ask();
    }
    bar.update(found.audience - (found.outcomes['pending'] ?? 0));
  } finally {
    bar.finish();
  }
  return found;
}

function pathOf(runId: string): string {
  return `/v1/campaign-runs/${encodeURIComponent(runId)}`;
}

function addStatus(campaigns: Command, { output, withEngine }: CommandContext): void {
  campaigns
    .command('status')
    .description('how a run goes, or which runs there are')
    .argument('[run-id]')
    .action(async (runId: string | undefined) => {
      if (runId === undefined) {
        const query = { limit: 100 };
        const rows = await withEngine(async ({ client }) => {
          const { data } = await client.request('GET', '/v1/campaign-runs', z.looseObject({ data: z.array(run) }), { query });
          const names = await namesOf(client, new Set(data.map(({ campaign_id }) => campaign_id)));
          return data.map((row) => ({ ...row, name: names.get(row.campaign_id) ?? '' }));
        });
        output.table(rows, [
          { heading: 'NAME', cell: (row) => row.name },
          { heading: 'RUN', cell: (row) => row.run_id },
          { heading: 'CAMPAIGN', cell: (row) => row.campaign_id },
          { heading: 'STATE', cell: (row) => row.state },
          { heading: 'STARTED', cell: (row) => row.started_at },
          { heading: 'AUDIENCE', cell: (row) => row.audience?.toLocaleString('en') ?? '', align: 'right' },
        ]);
        return;
      }
      const found = await withEngine(async ({ client }) => {
        const { campaign_id, started_at } = await client.request('GET', pathOf(runId), run);
        const names = await namesOf(client, new Set([campaign_id]));
        return {
          name: names.get(campaign_id) ?? '',
          started_at,
          ...(await client.request('GET', `${pathOf(runId)}/funnel`, funnel)),
          failures: (await client.request('GET', `${pathOf(runId)}/failures`, failures)).data,
        };
      });
      output.data(found, (shown) =>
        [
          `${shown.name}, started ${shown.started_at}`,
          `${shown.run_id}: ${shown.state}`,
          `${funnelPicture(shown)}${failureText(shown.failures)}`,
        ].join('\n'),
      );
    });
}

/** One after the other: few campaigns have run at once. */
async function namesOf(client: HttpClient, campaignIds: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const id of campaignIds) {
    const { name } = await client.request('GET', `/v1/campaigns/${encodeURIComponent(id)}`, z.looseObject({ name: z.string() }));
    names.set(id, name);
  }
  return names;
}

function failureText(groups: readonly { readonly reason: string; readonly messages: number }[]): string {
  if (groups.length === 0) return '';
  return `\nfailed\n${groups.map(({ reason, messages }) => `  ${messages.toLocaleString('en').padStart(7)}  ${reason}`).join('\n')}\n`;
}

const actions = [
  ['pause', 'reserve no more messages until the run is resumed'],
  ['resume', 'go on with a paused run'],
  ['cancel', 'end a run; who was not sent to is cancelled'],
] as const;

function addActions(campaigns: Command, { output, withEngine }: CommandContext): void {
  for (const [action, description] of actions) {
    const command = campaigns
      .command(action)
      .description(description)
      .argument('<run-id>')
      .option('--reason <text>', 'why, for the record');
    if (action === 'cancel') command.option('--yes', 'do not ask');
    command.action(async (runId: string, { reason, yes }: { readonly reason?: string; readonly yes?: true }) => {
      if (action === 'cancel') {
        await confirm(output, { yes: yes === true, name: runId, consequence: `Run ${runId} ends; nobody else is sent to.` });
      }
      const body = reason === undefined ? {} : { reason };
      const answer = await withEngine(({ client }) => client.request('POST', `${pathOf(runId)}/${action}`, changed, { body }));
      output.data(answer, ({ state }) => `run ${runId}: ${state}`);
    });
  }
}

interface RetryOptions {
  readonly group?: string;
  readonly includeUncertain?: true;
  readonly yes?: true;
}

function addRetry(campaigns: Command, { output, withEngine }: CommandContext): void {
  campaigns
    .command('retry-failed')
    .description('try failed messages of a run again')
    .argument('<run-id>')
    .option('--group <reason>', 'only those with this reason, as `status` lists it')
    .option('--include-uncertain', 'also those that may have gone out: their recipients may get them twice')
    .option('--yes', 'do not ask')
    .action(async (runId: string, { group, includeUncertain, yes }: RetryOptions) => {
      if (includeUncertain === true) {
        const consequence = 'Messages of unknown outcome are sent again; some recipients may get them twice.';
        await confirm(output, { yes: yes === true, name: runId, consequence });
      }
      const body = { include_uncertain: includeUncertain === true, ...(group === undefined ? {} : { group }) };
      const { answer, before } = await withEngine(async ({ client }) => ({
        before: (await client.request('GET', `${pathOf(runId)}/failures`, failures)).data,
        answer: await client.request('POST', `${pathOf(runId)}/retry-failed`, changed, { body }),
      }));
      const isMeant = before.some(({ reason }) => group === undefined || reason === group);
      const nothing = group === undefined ? 'no message had failed' : `no message had failed with the reason ${group}`;
      output.data(answer, ({ state }) => `run ${runId}: ${state}${isMeant || includeUncertain === true ? '' : `; ${nothing}`}`);
    });
}
