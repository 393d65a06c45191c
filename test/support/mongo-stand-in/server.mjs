// A process of its own that speaks MongoDB's wire protocol: node server.mjs <file> [port]. It says on which port it listens.
import { createServer } from 'node:net';
import { BSON } from 'mongodb';
import { commandsOn } from './commands.mjs';
import { openData, ServerError } from './data.mjs';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const MORE_TO_COME = 2;

const [file, wantedPort = '0'] = process.argv.slice(2);
const data = openData(file);
const commands = commandsOn(data);
/** Replies of retryable writes, by session and number: a repeated write is answered, not done again. */
const replies = new Map();
let failPoint = null;

const server = createServer((socket) => {
  socket.on('error', () => undefined);
  let received = Buffer.alloc(0);
  const waiting = [];
  let bytes = 0;
  socket.on('data', (chunk) => {
    waiting.push(chunk);
    bytes += chunk.length;
    // A large message is put together once, not with each of its pieces.
    if (received.length >= 4 && bytes < received.readInt32LE(0)) return;
    received = Buffer.concat([received, ...waiting.splice(0)]);
    while (received.length >= 4 && received.length >= received.readInt32LE(0)) {
      const message = received.subarray(0, received.readInt32LE(0));
      received = received.subarray(message.length);
      answer(socket, message);
    }
    bytes = received.length;
  });
});

// After a restart the port may be somebody else's for a moment: of a connection that goes out from it.
server.on('error', () => setTimeout(listen, 100));
server.on('listening', () => process.stdout.write(`${String(server.address().port)}\n`));
listen();

function listen() {
  server.listen(Number(wantedPort), '127.0.0.1');
}

// It ends with the process that started it, however that ends.
process.stdin.resume().on('end', () => process.exit(0));

function answer(socket, message) {
  const [requestId, opCode] = [message.readInt32LE(4), message.readInt32LE(12)];
  if (opCode === OP_QUERY) {
    socket.write(
      frame(requestId, OP_REPLY, Buffer.concat([Buffer.from(new Int32Array([8, 0, 0, 0, 1]).buffer), BSON.serialize(hello())])),
    );
    return;
  }
  const { command, flags } = readMessage(message);
  const [name] = Object.keys(command);
  const fault = takeFault(name);
  const reply = (document) => {
    if ((flags & MORE_TO_COME) === 0)
      socket.write(frame(requestId, OP_MSG, Buffer.concat([Buffer.alloc(5), BSON.serialize(document)])));
  };
  if (fault?.closeConnection === true) return void socket.destroy();
  if (fault?.silent === true) return;
  if (fault?.errorCode !== undefined) {
    const { errorCode: code, errorLabels = [] } = fault;
    return reply({ ok: 0, code, errmsg: 'failing command via failpoint', codeName: 'FailPoint', errorLabels });
  }
  const work = () => {
    const result = {
      ...perform(name, command, fault),
      ...(fault?.writeConcernError && { writeConcernError: fault.writeConcernError }),
    };
    if (fault?.closeAfterApplying === true) socket.destroy();
    else reply(result);
  };
  if (fault?.blockTimeMS === undefined) work();
  else setTimeout(work, fault.blockTimeMS);
}

function perform(name, command, fault) {
  const { lsid, txnNumber } = command;
  const retryable = txnNumber === undefined ? null : `${lsid.id.toString('hex')}/${String(txnNumber)}`;
  const done = replies.get(retryable);
  if (done !== undefined) return done;
  try {
    if (name === 'hello' || name === 'isMaster' || name === 'ismaster') return hello();
    if (name === 'configureFailPoint') return setFailPoint(command);
    if (commands[name] === undefined) throw new ServerError(59, 'CommandNotFound', `no such command: '${name}'`);
    const result = { ...commands[name](command, fault), ok: 1 };
    if (retryable !== null) replies.set(retryable, result);
    return result;
  } catch (error) {
    if (!(error instanceof ServerError)) return { ok: 0, code: 8, codeName: 'UnknownError', errmsg: String(error.stack) };
    return { ok: 0, code: error.code, codeName: error.codeName, errmsg: error.message, ...error.more };
  } finally {
    data.flush();
  }
}

/** As a real server started with test commands takes them, and beside it `silent`, `closeAfterApplying` and `rival`. */
function setFailPoint({ mode, data: given }) {
  failPoint = mode === 'off' ? null : { ...given, times: mode === 'alwaysOn' ? Number.POSITIVE_INFINITY : Number(mode.times) };
  return { ok: 1 };
}

function takeFault(name) {
  if (failPoint === null || !failPoint.failCommands.includes(name)) return null;
  const fault = failPoint;
  fault.times -= 1;
  if (fault.times <= 0) failPoint = null;
  return fault;
}

function hello() {
  const me = `127.0.0.1:${String(server.address().port)}`;
  return {
    ...{ helloOk: true, isWritablePrimary: true, ismaster: true, secondary: false },
    ...{ setName: 'stand-in', setVersion: 1, hosts: [me], me, primary: me },
    ...{ minWireVersion: 0, maxWireVersion: 25, logicalSessionTimeoutMinutes: 30 },
    ...{ maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000 },
    ...{ localTime: new Date(), connectionId: 1, readOnly: false, ok: 1 },
  };
}

/** The command, with the documents of its sequences where they would stand inline. */
function readMessage(message) {
  const flags = message.readUInt32LE(16);
  const options = { useBigInt64: true };
  let command = {};
  const sequences = {};
  let at = 20;
  while (at < message.length) {
    const kind = message.readUInt8(at);
    const size = message.readInt32LE(at + 1);
    const section = message.subarray(at + 1, at + 1 + size);
    at += 1 + size;
    if (kind === 0) {
      command = BSON.deserialize(section, options);
      continue;
    }
    const nameEnd = section.indexOf(0, 4);
    const documents = (sequences[section.toString('utf8', 4, nameEnd)] = []);
    for (let from = nameEnd + 1; from < section.length; from += section.readInt32LE(from)) {
      documents.push(BSON.deserialize(section.subarray(from, from + section.readInt32LE(from)), options));
    }
  }
  return { flags, command: { ...command, ...sequences } };
}

function frame(responseTo, opCode, payload) {
  const header = Buffer.alloc(16);
  header.writeInt32LE(16 + payload.length, 0);
  header.writeInt32LE(responseTo, 8);
  header.writeInt32LE(opCode, 12);
  return Buffer.concat([header, payload]);
}
