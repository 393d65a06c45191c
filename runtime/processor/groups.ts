import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { streamName, type StreamRef } from '../../contracts/events/streams.js';
import type { JsonObject } from '../../contracts/json.js';
import type { Projection } from '../projection.js';
import type { Blocks } from './blocks.js';
import type { DecodeResult } from './decoding.js';
import type { Drops } from './drops.js';
import { streamKey, type FailedEvent, type Failure } from './failure.js';
import type { SharedState } from './shared-state.js';

/** An event of a key, with what all decisions shared when it happened. */
export interface KeyEvent {
  readonly event: DecodedEvent;
  readonly shared: JsonObject;
}

/** The events of one key in log order. */
export interface KeyGroup {
  readonly key: string;
  readonly events: readonly KeyEvent[];
}

export interface Grouped {
  readonly groups: readonly KeyGroup[];
  /** Streams with an event that cannot be read. */
  readonly failures: readonly Failure[];
}

export interface GroupingOptions {
  readonly projection: Projection<JsonObject>;
  readonly blocks: Pick<Blocks, 'get' | 'skip' | 'size'>;
  readonly drops: Pick<Drops, 'has' | 'size'>;
  readonly shared: Pick<SharedState, 'fold'>;
}

/** Sorts the events of a batch by key, leaving out what is blocked or was dropped. */
export function groupByKey(results: readonly DecodeResult[], options: GroupingOptions): Grouped {
  const { projection, blocks, drops, shared } = options;
  const groups = new Map<string, KeyEvent[]>();
  const failures = new Map<string, Failure>();

  function passOver(key: string, event: DecodedEvent | RecordedEvent): boolean {
    if (drops.size() > 0 && drops.has(key, event.id)) return true;
    if (blocks.get(key) === undefined && !failures.has(key)) return false;
    blocks.skip(key, event.position);
    return true;
  }

  for (const result of results) {
    const event = result.ok ? result.event : result.recorded;
    const isWatched = !result.ok || blocks.size() > 0 || drops.size() > 0 || failures.size > 0;
    if (isWatched && passOver(streamKey(pointAt(event).stream), event)) continue;
    try {
      if (!result.ok) throw result.error;
      const sharedNow = shared.fold(result.event);
      for (const key of keysOf(projection, result.event)) {
        if (!(isWatched && passOver(key, event))) add(groups, key, { event: result.event, shared: sharedNow });
      }
    } catch (error) {
      const failed = pointAt(event);
      const key = streamKey(failed.stream);
      failures.set(key, { key, event: failed, error });
    }
  }
  return { groups: [...groups].map(([key, events]) => ({ key, events })), failures: [...failures.values()] };
}

function add(groups: Map<string, KeyEvent[]>, key: string, event: KeyEvent): void {
  const known = groups.get(key);
  if (known === undefined) groups.set(key, [event]);
  else known.push(event);
}

/** The keys of an event; none for one that only the reactor asked for. */
export function keysOf(projection: Projection<JsonObject>, event: DecodedEvent): readonly string[] {
  return projection.handles === '*' || projection.handles.includes(event.type) ? projection.keys(event) : [];
}

/** Where an event stands. */
export function pointAt(event: DecodedEvent | RecordedEvent): FailedEvent {
  const { id, type, stream, revision, position } = event;
  return { id, type, stream: typeof stream === 'string' ? stream : nameOf(stream), revision, position };
}

function nameOf({ category, workspace, id }: StreamRef): string {
  return streamName(category, workspace, id);
}
