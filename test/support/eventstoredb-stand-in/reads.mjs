import { randomUUID } from 'node:crypto';
import { eventResponse, failure, nameOf, response, streams } from './protocol.mjs';

/** What the server keeps for a live subscriber that does not read; one more ends the subscription. */
const LIVE_BUFFER = 32;

function drained(call) {
  return new Promise((resolve) => {
    const go = () => {
      call.off('drain', go).off('cancelled', go);
      resolve();
    };
    call.on('drain', go).on('cancelled', go);
  });
}

async function writeAll(call, records) {
  for (const record of records) {
    if (call.cancelled) return;
    if (!call.write(eventResponse(record))) await drained(call);
  }
}

/** Reads a stream or all; what comes back is what was there when the read began. */
export async function read(call, log) {
  const options = call.request.getOptions();
  const count = Number(options.getCount());
  const backwards = options.getReadDirection() === 1;
  if (count === 0) return void call.emit('error', failure(3, 'Count must be above 0'));
  if (!options.hasStream()) return readAll(call, log, { all: options.getAll(), count, backwards });
  const from = options.getStream();
  const stream = log.stream(nameOf(from.getStreamIdentifier()));
  if (stream === null) {
    const name = nameOf(from.getStreamIdentifier());
    return void call.emit('error', failure(9, 'Event stream is deleted.', 'stream-deleted', { 'stream-name': name }));
  }
  if (stream === undefined) {
    const absent = new streams.ReadResp.StreamNotFound();
    absent.setStreamIdentifier(from.getStreamIdentifier());
    call.write(response((answer) => answer.setStreamNotFound(absent)));
    return call.end();
  }
  const last = stream.at(-1).revision;
  const wanted = from.hasStart() ? 0n : from.hasEnd() ? last : BigInt(from.getRevision());
  const found = backwards
    ? stream
        .filter(({ revision }) => revision <= wanted)
        .slice(-count)
        .reverse()
    : stream.filter(({ revision }) => revision >= wanted).slice(0, count);
  await writeAll(call, found);
  call.end();
}

async function readAll(call, log, { all, count, backwards }) {
  let found;
  if (backwards) found = log.records.slice(-count).reverse();
  else {
    const behind = all.hasStart() ? 0 : log.indexBehind(BigInt(all.getPosition().getCommitPosition()));
    if (behind === null) return void call.emit('error', failure(2, 'Unexpected exception: no record begins there'));
    // A read begins at the record itself, a subscription behind it; past the end there is nothing.
    const first = all.hasStart() || behind === log.records.length ? behind : behind - 1;
    const last = log.records.at(-1);
    const atLast = !all.hasStart() && last.position === BigInt(all.getPosition().getCommitPosition());
    found = atLast ? [last] : log.records.slice(first, first + count);
  }
  await writeAll(call, found);
  call.end();
}

/** The subscriptions that are open, and what they are told. */
export function createSubscriptions(log) {
  const open = new Set();

  async function subscribe(call) {
    const options = call.request.getOptions();
    const all = options.getAll();
    const prefixes = options.hasFilter() ? options.getFilter().getStreamIdentifier().getPrefixList() : null;
    const interval =
      prefixes === null ? Infinity : options.getFilter().getMax() * options.getFilter().getCheckpointintervalmultiplier();
    const behind = all.hasStart() ? 0 : log.indexBehind(BigInt(all.getPosition().getCommitPosition()));
    if (behind === null) return void call.emit('error', failure(2, 'Unexpected exception: no record begins there'));
    const queue = [];
    let [live, pumping, passed] = [false, false, 0];

    /** What a record becomes for this subscriber: the event, a checkpoint, or nothing. */
    function messageFor(record) {
      passed += 1;
      const matches = prefixes === null || prefixes.some((prefix) => record.stream.startsWith(prefix));
      if (matches) return eventResponse(record);
      if (passed < interval) return null;
      passed = 0;
      const checkpoint = new streams.ReadResp.Checkpoint();
      checkpoint.setCommitPosition(String(record.position));
      checkpoint.setPreparePosition(String(record.position));
      return response((answer) => answer.setCheckpoint(checkpoint));
    }

    async function pump() {
      if (pumping) return;
      pumping = true;
      while (queue.length > 0 && !call.cancelled) if (!call.write(queue.shift())) await drained(call);
      pumping = false;
    }

    function end(error) {
      open.delete(subscription);
      log.listeners.delete(onStored);
      if (error !== undefined && !call.cancelled) call.emit('error', error);
    }

    function onStored(stored) {
      if (!live) return;
      for (const record of stored) {
        const message = messageFor(record);
        if (message === null) continue;
        queue.push(message);
        void pump();
        if (queue.length > LIVE_BUFFER)
          return end(
            failure(10, 'Operation timed out: Consumer too slow to handle event while live. Client resubscription required.'),
          );
      }
    }

    const subscription = { end };
    open.add(subscription);
    call.on('cancelled', () => end());
    const confirmation = new streams.ReadResp.SubscriptionConfirmation();
    confirmation.setSubscriptionId(randomUUID());
    call.write(response((answer) => answer.setConfirmation(confirmation)));
    for (let index = behind; index < log.records.length && open.has(subscription); index += 1) {
      const message = messageFor(log.records[index]);
      if (message !== null && !call.write(message)) await drained(call);
    }
    if (!open.has(subscription)) return;
    live = true;
    log.listeners.add(onStored);
    call.write(response((answer) => answer.setCaughtUp(new streams.ReadResp.CaughtUp())));
  }

  return {
    subscribe,
    /** Ends all of them as the server does when it has had enough of them. */
    dropAll: (code, details) => {
      for (const subscription of [...open]) subscription.end(failure(code, details));
    },
  };
}
