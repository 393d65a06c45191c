// The real engine as a process of its own, which kills itself right after the n-th operation of a kind:
// node engine-process.mjs [POINT COUNT]. Prints one line of JSON once it takes requests.
import { readConfig } from '../../dist/app/config.js';
import { startEngine } from '../../dist/app/start-engine.js';

const [point, count] = process.argv.slice(2);
let left = Number(count);

const hasType = (events, prefix) => events.some(({ type }) => type.startsWith(prefix));
const isOutcome = (events) => hasType(events, 'campaign.message_') && !hasType(events, 'campaign.message_reserved');

const isErasing = (events) =>
  ['erasure.', 'customer.erased', 'quarantine.expired', 'identity.released'].some((prefix) => hasType(events, prefix));

/** For each point: the port, the call, and which calls of it count. */
const points = {
  claim: ['eventStore', 'append', (stream) => stream.startsWith('identity-')],
  key: ['vault', 'ensureKeys', () => true],
  append: [
    'eventStore',
    'append',
    (stream, _expected, events) => stream.startsWith('customer-') && !hasType(events, 'campaign.message'),
  ],
  emission: ['eventStore', '*', (_stream, _after, events) => Array.isArray(events) && hasType(events, 'segment.e')],
  documents: ['documentStore', 'put', (collection) => collection.startsWith('profiles@')],
  checkpoint: ['documentStore', 'writeCheckpoint', (name) => name.startsWith('profiles@')],
  reserve: ['eventStore', 'append', (_stream, _expected, events) => hasType(events, 'campaign.message_reserved')],
  accept: ['channel', 'send', () => true],
  record: ['eventStore', '*', (_stream, _expected, events) => Array.isArray(events) && isOutcome(events)],
  erasing: ['eventStore', '*', (_stream, _expected, events) => Array.isArray(events) && isErasing(events)],
  destroying: ['vault', 'destroyKey', () => true],
};

/** The port, but the process dies once enough of the chosen calls have been done; who waits for the answer never gets it. */
function deadly(port, name) {
  if (point === undefined || points[point][0] !== name) return port;
  const [, method, counts] = points[point];
  return new Proxy(port, {
    get(target, property) {
      const value = Reflect.get(target, property);
      if (typeof value !== 'function') return value;
      return (...args) => {
        const answer = Reflect.apply(value, target, args);
        if ((method !== '*' && property !== method) || !counts(...args)) return answer;
        return Promise.resolve(answer).then((done) => {
          left -= 1;
          if (left <= 0) process.kill(process.pid, 'SIGKILL');
          return done;
        });
      };
    },
  });
}

const decorate = {
  stores: (stores) => ({
    ...stores,
    eventStore: deadly(stores.eventStore, 'eventStore'),
    documentStore: deadly(stores.documentStore, 'documentStore'),
    vault: deadly(stores.vault, 'vault'),
  }),
  channel: (channel) => deadly(channel, 'channel'),
};

const engine = await startEngine(readConfig(process.env, process.cwd()), { sample: 'none', whenAway: 'wait', decorate });
process.stdout.write(`${JSON.stringify({ pid: process.pid, url: engine.url, token: engine.token, key: engine.firstKey })}\n`);
process.once('SIGTERM', () => {
  void engine.stop();
});
