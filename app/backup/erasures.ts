import { parseStreamName } from '../../contracts/events/streams.js';
import { subjectOfStream } from '../../stores/vault/subjects.js';
import type { VaultEntry } from '../../stores/vault/vault-entries.port.js';
import type { PortableEvent } from './portable-event.js';

/** Who was erased according to the log, whatever the vault said when it was read. */
export interface Erasures {
  /** The same events; each is looked at on its way. */
  watch(events: AsyncIterable<PortableEvent>): AsyncIterable<PortableEvent>;
  /** The entries, without the keys of those who were erased. */
  applied(entries: readonly VaultEntry[]): readonly VaultEntry[];
}

/** Nobody was erased yet. */
export function createErasures(): Erasures {
  const erased = new Set<string>();

  function see({ stream, event: { type, data } }: PortableEvent): void {
    const ends = type === 'customer.erased' || (type === 'quarantine.expired' && data.plain['erasure'] !== undefined);
    if (!ends && type !== 'customer.reopened') return;
    const name = parseStreamName(stream);
    if (name?.category !== 'customer' && name?.category !== 'quarantine') return;
    const key = keyOf(name.workspace, subjectOfStream(name));
    if (ends) erased.add(key);
    else erased.delete(key);
  }

  return {
    async *watch(events) {
      for await (const event of events) {
        see(event);
        yield event;
      }
    },
    applied: (entries) =>
      entries.map((entry) => {
        if (entry.kind !== 'key' || entry.state !== 'live' || !erased.has(keyOf(entry.workspace, entry.subject))) return entry;
        const { kind, key_id, workspace, subject, current } = entry;
        return { kind, key_id, workspace, subject, current, state: 'destroyed' };
      }),
  };
}

function keyOf(workspace: string, subject: string): string {
  return `${workspace}/${subject}`;
}
