import { EngineError, isEngineError } from '../../contracts/errors.js';
import { streamName } from '../../contracts/events/streams.js';
import type { DeadLetter, DeadLetterGroup, DeadLetters, RetryResult } from '../../contracts/read-models/dead-letters.port.js';
import type { StoredMessage } from '../../contracts/read-models/messages.port.js';
import { engineId } from '../../domain/ids.js';
import { engineEvent } from '../engine-event.js';
import type { CampaignCommands } from './campaign.commands.js';
import type { CampaignsDeps } from './campaigns-deps.js';
import { withSealed } from './sealed-reason.js';

type By = { readonly actor: string; readonly at: string; readonly reason?: string };

const PAGE = 1_000;
const LISTED_MOST = 10_000;

/** Failed messages that wait for a person; their references are `<run>/<customer>`, their groups normalised reasons. */
export function createMessageDeadLetters(
  deps: Pick<CampaignsDeps, 'eventStore' | 'messages' | 'vault' | 'randomBytes'> & {
    readonly commands: Pick<CampaignCommands, 'retryFailed'>;
  },
): DeadLetters {
  const { messages } = deps;

  async function find(workspace: string, reference: string): Promise<StoredMessage> {
    const [run = '', customer = ''] = reference.split('/');
    const message = await messages.get(workspace, run, customer);
    if (message?.failure !== undefined) return message;
    throw new EngineError('not_found', 'Expected a failed message that waits for a person, found none under this id.');
  }

  async function reopen(
    workspace: string,
    run: string,
    { only, by }: { readonly only: { readonly group?: string; readonly customers?: string[] }; readonly by: By },
  ): Promise<Omit<RetryResult, 'id'>> {
    try {
      await deps.commands.retryFailed(run, { include_uncertain: false, ...only }, { workspace, actor: by.actor, at: by.at });
      return { outcome: 'resolved', detail: 'it is sent again' };
    } catch (error) {
      if (!isEngineError(error, 'run_not_open')) throw error;
      return { outcome: 'still_waiting', detail: error.message };
    }
  }

  return {
    async list(workspace, { after, limit, group }) {
      const page = await messages.failed(workspace, {
        limit,
        ...(after === undefined ? {} : { cursor: after }),
        ...(group === undefined ? {} : { reason: group }),
      });
      return { letters: page.messages.map(letterOf), next: page.next };
    },
    get: async (workspace, reference) => letterOf(await find(workspace, reference)),
    async groups(workspace) {
      const groups = await messages.failureGroups(workspace);
      const found = await Promise.all(
        groups.map(async ({ reason, messages: count }): Promise<readonly DeadLetterGroup[]> => {
          const [example] = (await messages.failed(workspace, { limit: 1, reason })).messages;
          return example === undefined ? [] : [{ kind: 'message', group: reason, count, example: letterOf(example) }];
        }),
      );
      return found.flat();
    },
    async retry(workspace, reference, by) {
      const { run, customer_id } = await find(workspace, reference);
      return { id: `message:${reference}`, ...(await reopen(workspace, run, { only: { customers: [customer_id] }, by })) };
    },
    async retryGroup(workspace, group, by) {
      const letters: StoredMessage[] = [];
      for (let cursor: string | undefined; letters.length < LISTED_MOST;) {
        const page = await messages.failed(workspace, {
          limit: PAGE,
          reason: group,
          ...(cursor === undefined ? {} : { cursor }),
        });
        letters.push(...page.messages);
        if (page.next === null) break;
        cursor = page.next;
      }
      const runs = [...new Set(letters.map(({ run }) => run))];
      const outcomes = new Map(
        await Promise.all(runs.map(async (run) => [run, await reopen(workspace, run, { only: { group }, by })] as const)),
      );
      return letters.map((message) => ({
        id: letterOf(message).id,
        ...(outcomes.get(message.run) ?? { outcome: 'still_waiting' }),
      }));
    },
    async drop(workspace, reference, by) {
      const message = await find(workspace, reference);
      const stream = streamName('customer', workspace, message.customer_id);
      const id = engineId(
        'campaign.message_dropped',
        workspace,
        reference,
        String(message.round),
        String(message.attempts.length),
      );
      const event = engineEvent({
        id,
        type: 'campaign.message_dropped',
        data: { run: message.run },
        workspace,
        actor: by.actor,
        at: by.at,
      });
      const sealed =
        by.reason === undefined ? event : ((await withSealed(deps, stream, event, { direct: { reason: by.reason } })) ?? event);
      await deps.eventStore.appendOnce(stream, BigInt(message.revision), [sealed]);
    },
  };
}

function letterOf({ run, customer_id, failure = 'unknown', attempts, timeline }: StoredMessage): DeadLetter {
  const failed = timeline.findLast(({ event }) => event === 'failed');
  return {
    id: `message:${run}/${customer_id}`,
    kind: 'message',
    group: failure,
    code: failure.split(':', 1)[0] ?? failure,
    detail: failure,
    reference: { run_id: run, qontak_customer_id: customer_id, attempts: attempts.length },
    since: failed?.at ?? '',
  };
}
