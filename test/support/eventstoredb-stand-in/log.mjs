import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** How many appends with `any` the server remembers; a restart forgets them all. */
const REMEMBERED = 1000;

/** The stand-in's log: records in a file of JSON lines, one line an append, so that a kill leaves whole appends. */
export function openLog(file) {
  const records = [];
  const streams = new Map();
  const listeners = new Set();
  const recent = new Map();
  /** Streams that were deleted, by name: the revision from which they may begin again, or null for tombstoned ones. */
  const removed = new Map();
  // Grows like the offsets of a file; the first bytes are the server's own.
  let next = 1088n;

  function take(lines) {
    for (const record of lines) {
      const taken = { ...record, revision: BigInt(record.revision), position: BigInt(record.position) };
      records.push(taken);
      const stream = streams.get(record.stream);
      if (stream === undefined) streams.set(record.stream, [taken]);
      else stream.push(taken);
      next = taken.position + BigInt(140 + record.data.length + record.meta.length);
    }
  }

  function store(stream, events) {
    let revision = BigInt(streams.get(stream)?.length ?? 0);
    let position = next;
    const lines = events.map((event) => {
      const line = { ...event, stream, revision: String(revision), position: String(position) };
      revision += 1n;
      position += BigInt(140 + event.data.length + event.meta.length);
      return line;
    });
    appendFileSync(file, `${JSON.stringify(lines)}\n`);
    const from = records.length;
    take(lines);
    const stored = records.slice(from);
    for (const listener of listeners) listener(stored);
    return stored.at(-1);
  }

  /** Where the same ids stand one behind the other from `start` on, if they do. */
  function repeated(held, start, events) {
    const there = held.slice(Number(start), Number(start) + events.length);
    return there.length === events.length && events.every((event, index) => event.id === there[index].id) ? there.at(-1) : null;
  }

  function load(line) {
    const entry = JSON.parse(line);
    if (Array.isArray(entry)) take(entry);
    else removed.set(entry.removed, entry.from);
  }

  if (existsSync(file)) for (const line of readFileSync(file, 'utf8').split('\n')) if (line !== '') load(line);
  if (records.length === 0) {
    const own = (id, type) => [{ id, type, json: true, data: 'e30=', meta: '', created: '0' }];
    store('$$$stats-0.0.0.0:2113', own('00000000-0000-4000-8000-000000000001', '$metadata'));
    store('$users', own('00000000-0000-4000-8000-000000000002', '$UserCreated'));
  }

  return {
    records,
    listeners,
    /** The events of a stream that can be read; undefined of an absent or deleted one, null of a tombstoned one. */
    stream(name) {
      const from = removed.get(name) ?? (removed.has(name) ? null : 0);
      if (from === null) return null;
      const held = streams.get(name)?.slice(from);
      return held?.length > 0 ? held : undefined;
    },
    remove(stream, tombstone) {
      const from = tombstone ? null : (streams.get(stream)?.length ?? 0);
      appendFileSync(file, `${JSON.stringify({ removed: stream, from })}\n`);
      removed.set(stream, from);
    },
    /** The index of the first record behind `position`; null when no record begins there. */
    indexBehind(position) {
      let [low, high] = [0, records.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (records[middle].position < position) low = middle + 1;
        else high = middle;
      }
      if (low === records.length) return low;
      return records[low].position === position ? low + 1 : null;
    },
    /** `expected`: 'any', 'no_stream', 'stream_exists' or a revision. Answers {last} or {wrong: the current revision}. */
    append(stream, expected, events) {
      const held = streams.get(stream) ?? [];
      const current = BigInt(held.length) - 1n;
      const from = removed.has(stream) ? removed.get(stream) : 0;
      if (from === null) return { deleted: true };
      const empty = held.length === from;
      if (events.length === 0) return { last: { revision: 0n, position: next } };
      if (expected === 'any' || expected === 'stream_exists') {
        if (expected === 'stream_exists' && empty) return from > 0 ? { deleted: true } : { wrong: current };
        const start = recent.get(`${stream} ${events[0].id}`);
        const last = start === undefined ? null : repeated(held, start, events);
        if (last !== null) return { last };
        for (const [index, event] of events.entries()) recent.set(`${stream} ${event.id}`, current + 1n + BigInt(index));
        for (const key of recent.keys()) if (recent.size > REMEMBERED) recent.delete(key);
        return { last: store(stream, events) };
      }
      const start = expected === 'no_stream' ? BigInt(from) : expected + 1n;
      if (start === current + 1n) return { last: store(stream, events) };
      const last = start <= current ? repeated(held, start, events) : null;
      return last === null ? { wrong: current } : { last };
    },
  };
}
