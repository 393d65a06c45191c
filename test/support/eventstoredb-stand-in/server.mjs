// A process of its own: speaks as much of EventStoreDB's protocol as its client and our adapter use. Arguments: file, port (0: any).
import { openLog } from './log.mjs';
import { batchResponse, failure, features, gossip, grpc, nameOf, proposed } from './protocol.mjs';
import { GossipService, ServerFeaturesService, StreamsService, streams } from './protocol.mjs';
import { createSubscriptions, read } from './reads.mjs';

const LIMIT = 1_048_576;
const [file, wanted] = process.argv.slice(2);
const log = openLog(file);
const subscriptions = createSubscriptions(log);
let bound = 0;
/** Set from outside; see the handle for what each does. */
const faults = { loseReplies: 0, silent: false, slowMs: 0, failAppends: 0, failReads: 0, code: 14, details: '', hangAppends: 0 };
const counts = { appends: 0, reads: 0, subscriptions: 0, exactOnly: true };

/** Decides, commits and answers one append; `answer` is not called when the reply is lost. */
function decide(request, answer) {
  counts.appends += 1;
  if (request.expected === 'any' || request.expected === 'stream_exists') counts.exactOnly = false;
  if (faults.silent) return;
  if (faults.hangAppends > 0) return void (faults.hangAppends -= 1);
  const size = request.events.reduce((sum, event) => sum + Buffer.byteLength(event.data, 'base64'), 0);
  const outcome = size > LIMIT ? { tooLarge: LIMIT } : log.append(request.stream, request.expected, request.events);
  if (faults.loseReplies > 0) return void (faults.loseReplies -= 1);
  if (faults.slowMs > 0) setTimeout(() => answer(outcome), faults.slowMs);
  else answer(outcome);
}

function batchAppend(call) {
  const pending = new Map();
  call.on('data', (message) => {
    const correlation = message.getCorrelationId();
    const key = correlation.getString();
    const options = message.getOptions();
    if (message.hasOptions()) {
      const expected = options.hasNoStream()
        ? 'no_stream'
        : options.hasAny()
          ? 'any'
          : options.hasStreamExists()
            ? 'stream_exists'
            : BigInt(options.getStreamPosition());
      pending.set(key, { correlation, stream: nameOf(options.getStreamIdentifier()), expected, events: [] });
    }
    const request = pending.get(key);
    request.events.push(...message.getProposedMessagesList().map(proposed));
    if (!message.getIsFinal()) return;
    pending.delete(key);
    if (faults.failAppends > 0) {
      faults.failAppends -= 1;
      return void call.emit('error', failure(faults.code, faults.details));
    }
    decide(request, (outcome) => call.write(batchResponse(request, outcome)));
  });
  call.on('error', () => undefined);
  call.on('end', () => call.end());
}

/** The unary path, taken when credentials are given with the call. */
function append(call, callback) {
  const request = { stream: '', expected: 'any', events: [] };
  call.on('data', (message) => {
    if (message.hasProposedMessage()) return void request.events.push(proposed(message.getProposedMessage()));
    const options = message.getOptions();
    request.stream = nameOf(options.getStreamIdentifier());
    request.expected = options.hasNoStream() ? 'no_stream' : options.hasRevision() ? BigInt(options.getRevision()) : 'any';
  });
  call.on('end', () => {
    decide(request, (outcome) => {
      if (outcome.last === undefined)
        return callback(
          failure(9, 'Append refused', 'wrong-expected-version', {
            'stream-name': request.stream,
            'expected-version': String(request.expected),
            'actual-version': String(outcome.wrong),
          }),
        );
      const answer = new streams.AppendResp();
      const success = new streams.AppendResp.Success();
      const at = new streams.AppendResp.Position();
      at.setCommitPosition(String(outcome.last.position));
      at.setPreparePosition(String(outcome.last.position));
      success.setCurrentRevision(String(outcome.last.revision));
      success.setPosition(at);
      answer.setSuccess(success);
      callback(null, answer);
    });
  });
}

function onRead(call) {
  call.on('error', () => undefined);
  const subscribing = call.request.getOptions().hasSubscription();
  counts[subscribing ? 'subscriptions' : 'reads'] += 1;
  if (faults.silent) return;
  if (faults.failReads > 0) {
    faults.failReads -= 1;
    return void call.emit('error', failure(faults.code, faults.details));
  }
  void (subscribing ? subscriptions.subscribe(call) : read(call, log));
}

function getSupportedMethods(_call, callback) {
  const answer = new features.SupportedMethods();
  answer.setEventStoreServerVersion('23.10.0.0');
  const method = new features.SupportedMethod();
  method.setMethodName('batchappend');
  method.setServiceName('event_store.client.streams.streams');
  answer.addMethods(method);
  callback(null, answer);
}

function gossipRead(_call, callback) {
  const member = new gossip.MemberInfo();
  const endPoint = new gossip.EndPoint();
  endPoint.setAddress('127.0.0.1');
  endPoint.setPort(bound);
  member.setHttpEndPoint(endPoint);
  member.setIsAlive(true);
  member.setState(gossip.MemberInfo.VNodeState.LEADER);
  const cluster = new gossip.ClusterInfo();
  cluster.addMembers(member);
  callback(null, cluster);
}

const server = new grpc.Server({ 'grpc.max_concurrent_streams': 100, 'grpc.max_receive_message_length': 32 * LIMIT });
server.addService(StreamsService, { read: onRead, append, batchAppend });
server.addService(ServerFeaturesService, { getSupportedMethods });
server.addService(GossipService, { read: gossipRead });
listen();

/** After a restart the port may be somebody else's for a moment: of a connection that goes out from it. */
function listen() {
  server.bindAsync(`127.0.0.1:${wanted}`, grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) return void setTimeout(listen, 100);
    bound = port;
    process.send({ listening: port });
  });
}

process.on('message', ({ ask, ...more }) => {
  if (ask === 'faults') Object.assign(faults, more);
  if (ask === 'remove') log.remove(more.stream, more.tombstone);
  if (ask === 'drop') subscriptions.dropAll(more.code, more.details);
  process.send({ answered: ask, counts });
});
process.on('disconnect', () => process.exit(0));
