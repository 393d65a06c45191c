import type { Filter } from '../../contracts/filter.js';
import type { JsonObject } from '../../contracts/json.js';
import { messageId, type MessageDocument } from '../../contracts/read-models/message.js';
import type { MessagePage, Messages, StoredMessage } from '../../contracts/read-models/messages.port.js';
import { parseSummary } from '../../domain/campaign/message-summary.js';
import type { DocumentPage } from '../../stores/document-store/document-store.port.js';
import type { ReadSource } from '../read-source.js';

/** Reads messages; counts are answered by indexes. */
export function createMessages(source: ReadSource): Messages {
  const eq = (field: string, value: string): Filter => ({ kind: 'eq', path: [field], value });

  async function summaries(workspace: string, run: string): Promise<ReadonlyMap<string, number>> {
    return source.documents.countBy(source.collection(), ['summary'], { idPrefix: `${workspace}/`, filter: eq('run', run) });
  }

  return {
    summaries,
    async get(workspace, run, customerId) {
      const stored = await source.documents.get(source.collection(), messageId(workspace, run, customerId));
      return stored === null || stored.body === null ? null : message({ ...stored, body: stored.body });
    },
    async work(workspace, run, { work, afterId, limit }) {
      const behind = afterId === undefined ? {} : { afterId: messageId(workspace, run, afterId) };
      const filter = eq('work', `${run}/${work}`);
      const page = await source.documents.find(source.collection(), { filter, limit, ...behind });
      const messages = page.documents.map(message);
      return { messages, next: page.nextCursor === null ? null : (messages.at(-1)?.customer_id ?? null) };
    },
    async list(workspace, run, { limit, cursor, outcome }) {
      const filter = outcome === undefined ? {} : { filter: eq('outcome', outcome) };
      const page = await source.documents.find(source.collection(), {
        idPrefix: messageId(workspace, run, ''),
        ...filter,
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return pageOf(page);
    },
    async failureGroups(workspace, run) {
      if (run !== undefined) return groupsOf(await summaries(workspace, run));
      const counts = await source.documents.countBy(source.collection(), ['failure'], { idPrefix: `${workspace}/` });
      return sorted([...counts].map(([reason, messages]) => ({ reason, messages })));
    },
    async failed(workspace, { limit, cursor, reason }) {
      const filter: Filter = reason === undefined ? { kind: 'exists', path: ['failure'] } : eq('failure', reason);
      const page = await source.documents.find(source.collection(), {
        idPrefix: `${workspace}/`,
        filter,
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return pageOf(page);
    },
  };
}

function groupsOf(summaries: ReadonlyMap<string, number>): ReturnType<typeof sorted> {
  const groups = new Map<string, number>();
  for (const [text, count] of summaries) {
    const { outcome, reason = 'unknown' } = parseSummary(text);
    if (outcome === 'failed') groups.set(reason, (groups.get(reason) ?? 0) + count);
  }
  return sorted([...groups].map(([reason, messages]) => ({ reason, messages })));
}

function sorted(groups: readonly { readonly reason: string; readonly messages: number }[]): typeof groups {
  return [...groups].sort((a, b) => b.messages - a.messages || (a.reason < b.reason ? -1 : 1));
}

function pageOf(page: DocumentPage): MessagePage {
  return { messages: page.documents.map(message), next: page.nextCursor };
}

function message({ body, position }: { readonly body: JsonObject; readonly position: bigint }): StoredMessage {
  // Only the messages projection writes this collection.
  return { ...(body as unknown as MessageDocument), position };
}
