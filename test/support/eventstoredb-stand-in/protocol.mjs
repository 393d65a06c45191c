import { createRequire } from 'node:module';

// The client's own copies: its messages are only understood by the library that made them.
const fromClient = createRequire(createRequire(import.meta.url).resolve('@eventstore/db-client'));

export const grpc = fromClient('@grpc/grpc-js');
export const { StreamsService } = fromClient('../generated/streams_grpc_pb.js');
export const { ServerFeaturesService } = fromClient('../generated/serverfeatures_grpc_pb.js');
export const { GossipService } = fromClient('../generated/gossip_grpc_pb.js');
export const streams = fromClient('../generated/streams_pb.js');
export const shared = fromClient('../generated/shared_pb.js');
export const features = fromClient('../generated/serverfeatures_pb.js');
export const gossip = fromClient('../generated/gossip_pb.js');
const status = fromClient('../generated/status_pb.js');
const { Any } = fromClient('google-protobuf/google/protobuf/any_pb.js');
const { Empty } = fromClient('google-protobuf/google/protobuf/empty_pb.js');

/** What a call ends with: a gRPC code, a text, and the name of the server's exception. */
export function failure(code, details, exception, more = {}) {
  const metadata = new grpc.Metadata();
  if (exception !== undefined) metadata.set('exception', exception);
  for (const [key, value] of Object.entries(more)) metadata.set(key, value);
  return Object.assign(new Error(details), { code, details, metadata });
}

export const nameOf = (identifier) => Buffer.from(identifier.getStreamName_asU8()).toString('utf8');

export function identifier(stream) {
  const named = new shared.StreamIdentifier();
  named.setStreamName(Buffer.from(stream, 'utf8').toString('base64'));
  return named;
}

/** An event as it was proposed, in the form the log keeps. */
export function proposed(message) {
  return {
    id: message.getId().getString().toLowerCase(),
    type: message.getMetadataMap().get('type'),
    json: message.getMetadataMap().get('content-type') === 'application/json',
    data: message.getData_asB64(),
    meta: message.getCustomMetadata_asB64(),
    created: String(BigInt(Date.now()) * 10_000n),
  };
}

/** A record as a read or a subscription gives it. */
export function eventResponse(record) {
  const id = new shared.UUID();
  id.setString(record.id);
  const event = new streams.ReadResp.ReadEvent.RecordedEvent();
  event.setId(id);
  event.setStreamIdentifier(identifier(record.stream));
  event.setStreamRevision(String(record.revision));
  event.setCommitPosition(String(record.position));
  event.setPreparePosition(String(record.position));
  event.getMetadataMap().set('type', record.type);
  event.getMetadataMap().set('content-type', record.json ? 'application/json' : 'application/octet-stream');
  event.getMetadataMap().set('created', record.created);
  event.setData(record.data);
  event.setCustomMetadata(record.meta);
  const read = new streams.ReadResp.ReadEvent();
  read.setEvent(event);
  read.setCommitPosition(String(record.position));
  const response = new streams.ReadResp();
  response.setEvent(read);
  return response;
}

export function response(set) {
  const answer = new streams.ReadResp();
  set(answer);
  return answer;
}

/** The answer to one append of the batch path. */
export function batchResponse(request, outcome) {
  const answer = new streams.BatchAppendResp();
  answer.setCorrelationId(request.correlation);
  answer.setStreamIdentifier(identifier(request.stream));
  if ('last' in outcome) {
    const success = new streams.BatchAppendResp.Success();
    success.setCurrentRevision(String(outcome.last.revision));
    const at = new shared.AllStreamPosition();
    at.setCommitPosition(String(outcome.last.position));
    at.setPreparePosition(String(outcome.last.position));
    success.setPosition(at);
    answer.setSuccess(success);
    return answer;
  }
  const [message, name] = refusal(request, outcome);
  const details = new Any();
  details.pack(message.serializeBinary(), `event_store.client.${name}`);
  const error = new status.Status();
  error.setCode(9);
  error.setMessage(name);
  error.setDetails(details);
  answer.setError(error);
  return answer;
}

function refusal(request, outcome) {
  if (outcome.tooLarge !== undefined) {
    const exceeded = new shared.MaximumAppendSizeExceeded();
    exceeded.setMaxappendsize(outcome.tooLarge);
    return [exceeded, 'MaximumAppendSizeExceeded'];
  }
  if (outcome.deleted) return [new shared.StreamDeleted(), 'StreamDeleted'];
  if (outcome.timeout) return [new shared.Timeout(), 'Timeout'];
  if (outcome.unknown) return [new shared.Unknown(), 'Unknown'];
  const wrong = new shared.WrongExpectedVersion();
  if (outcome.wrong < 0n) wrong.setCurrentNoStream(new Empty());
  else wrong.setCurrentStreamRevision(String(outcome.wrong));
  if (request.expected === 'no_stream') wrong.setExpectedNoStream(new Empty());
  else if (request.expected === 'stream_exists') wrong.setExpectedStreamExists(new Empty());
  else wrong.setExpectedStreamPosition(String(request.expected));
  return [wrong, 'WrongExpectedVersion'];
}
