import { streamName } from '../../contracts/events/streams.js';
import type { StoredMessage } from '../../contracts/read-models/messages.port.js';
import { messageEvent } from '../campaigns/message-events.js';
import type { ErasureDeps } from './erasure-deps.js';

/** Takes the customers out of the runs that go on: what was not handed over yet never is. Answers how many messages that were. */
export async function cancelQueued(
  deps: ErasureDeps,
  customers: readonly string[],
  { workspace, erasureId, at }: { readonly workspace: string; readonly erasureId: string; readonly at: string },
): Promise<number> {
  const runs = (await deps.runs.active(at)).filter((entry) => entry.workspace === workspace);
  let cancelled = 0;
  for (const { run } of runs) {
    for (const customerId of customers) {
      const message = await deps.messages.get(workspace, run.run_id, customerId);
      if (message === null || !isQueued(message)) continue;
      const idOf = [run.run_id, customerId, 'erased', erasureId];
      const data = { run: run.run_id, campaign: run.campaign_id, reason: 'erased' as const, at };
      const event = messageEvent('campaign.message_suppressed', data, { workspace, at, idOf });
      await deps.eventStore.appendOnce(streamName('customer', workspace, customerId), BigInt(message.revision), [event]);
      cancelled += 1;
    }
  }
  return cancelled;
}

function isQueued({ outcome, reason }: StoredMessage): boolean {
  // One that this erasure suppressed before a restart counts again.
  return outcome === 'pending' || outcome === 'retrying' || (outcome === 'suppressed' && reason === 'erased');
}
