import { connect } from './connection.js';
import { readHead } from './read-pages.js';
import { createSession, usualTimings } from './session.js';

/** Resolves when the server answers a reader, and says where it is, without credentials; writes nothing. Errors: those of opening the log there. */
export async function pingEventStoreDb(connectionString: string): Promise<string> {
  const connection = connect(connectionString);
  const closed = new AbortController();
  try {
    await readHead(
      createSession(connection.client, {
        address: connection.address,
        timings: usualTimings,
        closed: closed.signal,
        probe: readHead,
        onAway: () => undefined,
      }),
    );
    return connection.address;
  } finally {
    await connection.release();
  }
}
