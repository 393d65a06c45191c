import type { Position } from '../../contracts/events/event.js';
import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { FieldChange, Projection } from '../projection.js';
import type { DocumentCache } from './document-cache.js';
import type { KeyGroup } from './groups.js';
import type { Reactions } from './reactions.js';
import type { StoredState } from './reactor-states.js';

export interface PatchGroupsOptions {
  readonly projection: Projection<JsonObject>;
  readonly documents: Pick<DocumentCache, 'patch'>;
  readonly reactions: Pick<Reactions, 'load' | 'settledThrough'> | null;
}

const NOTHING_STORED: StoredState = { position: 'none', state: null, own: -1n };

/**
 * Writes what one event changes alike in many documents without reading them, where it is the key's only event and leaves nothing to decide;
 * answers the groups that are left to be folded. What was written, perhaps by a try that failed behind it, stands at the event's position.
 */
export function createPatchGroups(options: PatchGroupsOptions): (groups: readonly KeyGroup[]) => Promise<readonly KeyGroup[]> {
  const { projection, documents, reactions } = options;

  async function written(event: DecodedEvent, change: FieldChange, groups: readonly KeyGroup[]): Promise<readonly string[]> {
    const states = await reactions?.load(groups.map(({ key }) => key));
    const keysThrough = new Map<Position, string[]>();
    for (const group of groups) {
      const stored = states?.get(group.key) ?? NOTHING_STORED;
      const settled = reactions === null ? event.position - 1n : reactions.settledThrough(group, stored);
      if (settled === null) continue;
      const through = settled < event.position ? settled : event.position - 1n;
      const known = keysThrough.get(through);
      if (known === undefined) keysThrough.set(through, [group.key]);
      else known.push(group.key);
    }
    const { keys: _all, ...field } = change;
    const changed: string[] = [];
    for (const [through, ids] of keysThrough) {
      changed.push(...(await documents.patch({ ids, through, position: event.position, ...field })));
    }
    return changed;
  }

  return async (groups) => {
    if (projection.changes === undefined) return groups;
    const alone = new Map<DecodedEvent, { readonly changes: readonly FieldChange[]; readonly byKey: Map<string, KeyGroup> }>();
    for (const group of groups) {
      const [first, second] = group.events;
      if (first === undefined || second !== undefined) continue;
      const { event } = first;
      const known = alone.get(event) ?? { changes: projection.changes(event), byKey: new Map() };
      if (known.changes.length > 0) alone.set(event, known);
      known.byKey.set(group.key, group);
    }
    const done = new Set<string>();
    for (const [event, { changes, byKey }] of alone) {
      for (const change of changes) {
        const concerned = change.keys.flatMap((key) => byKey.get(key) ?? []);
        if (concerned.length > 0) for (const key of await written(event, change, concerned)) done.add(key);
      }
    }
    return done.size === 0 ? groups : groups.filter(({ key }) => !done.has(key));
  };
}
