import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** How many appends with `any` the server remembers; a restart forgets them all. */
const REMEMBERED = 1000;

/** The stand-in's log: records in a file of JSON lines, one line an append, so that a kill leaves whole appends. */
export function openLog(file) {
  const records = [];
  const streams = new Map();
  const listeners = new Set();
  const recent = new Map();
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

  if (existsSync(file)) for (const line of readFileSync(file, 'utf8').split('\n')) if (line !== '') take(JSON.parse(line));
  if (records.length === 0) {
    const own = (id, type) => [{ id, type, json: true, data: 'e30=', meta: '', created: '0' }];
    store('$$$stats-0.0.0.0:2113', own('00000000-0000-4000-8000-000000000001', '$metadata'));
    store('$users', own('00000000-0000-4000-8000-000000000002', '$UserCreated'));
  }

  return {
    records,
    listeners,
    stream: (name) => streams.get(name),
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
      if (events.length === 0) return { last: { revision: 0n, position: next } };
      if (expected === 'any' || expected === 'stream_exists') {
        if (expected === 'stream_exists' && held.length === 0) return { wrong: current };
        const start = recent.get(`${stream} ${events[0].id}`);
        const last = start === undefined ? null : repeated(held, start, events);
        if (last !== null) return { last };
        for (const [index, event] of events.entries()) recent.set(`${stream} ${event.id}`, current + 1n + BigInt(index));
        for (const key of recent.keys()) if (recent.size > REMEMBERED) recent.delete(key);
        return { last: store(stream, events) };
      }
      const start = expected === 'no_stream' ? 0n : expected + 1n;
      if (start === current + 1n) return { last: store(stream, events) };
      const last = start <= current ? repeated(held, start, events) : null;
      return last === null ? { wrong: current } : { last };
    },
  };
}
