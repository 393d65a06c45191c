/** Lets appends out: `bytes` are those of the message. They begin in the order in which they came. */
export type AppendGate = <Result>(bytes: number, work: () => Promise<Result>) => Promise<Result>;

/**
 * The client hands 16 messages to the connection before it waits, and what waits when the connection breaks is rejected where nobody can catch it.
 * So many unanswered appends are safe whatever the server does.
 */
const ALWAYS = 16;
/** More are, too, while all of them together fit into what is sent to a server that reads nothing: half of the smallest window of HTTP/2. */
const MOST = 48;
const WINDOW_BYTES = 32_768;
/** Of names, ids and frames around an append. */
const FRAME_BYTES = 256;
/** Beyond those that are always safe, so many begin before what was begun is handed to the connection. */
const A_TURN = 8;

/** The gate of one client. */
export function createAppendGate(): AppendGate {
  const waiting: { readonly bytes: number; readonly begin: () => void }[] = [];
  let running = 0;
  let unanswered = 0;
  let begun = 0;
  let turning = false;

  function hasRoom(bytes: number): boolean {
    if (running < ALWAYS) return true;
    return running < MOST && begun < A_TURN && unanswered + bytes <= WINDOW_BYTES;
  }

  function enter(bytes: number): void {
    running += 1;
    unanswered += bytes;
    begun += 1;
    if (turning) return;
    turning = true;
    setImmediate(() => {
      turning = false;
      begun = 0;
      beginNext();
    });
  }

  function beginNext(): void {
    for (let next = waiting[0]; next !== undefined && hasRoom(next.bytes); [next] = waiting) {
      waiting.shift();
      enter(next.bytes);
      next.begin();
    }
  }

  return async (payload, work) => {
    const bytes = payload + FRAME_BYTES;
    if (waiting.length === 0 && hasRoom(bytes)) enter(bytes);
    else await new Promise<void>((begin) => waiting.push({ bytes, begin }));
    try {
      return await work();
    } finally {
      running -= 1;
      unanswered -= bytes;
      beginNext();
    }
  };
}
