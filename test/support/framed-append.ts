import { packAppends, unpackAppends, type FramedAppend } from '../../stores/event-store/embedded/append-frames.js';
import { newEvent } from './new-events.js';

/** An append of one event to a stream that does not exist, as it reaches the writer. */
export function appendTo(stream: string): FramedAppend {
  const order = { kind: 'append', stream, after: -1, events: [{ id: newEvent().id, body: '{}' }] } as const;
  const [framed] = unpackAppends(packAppends([order]));
  if (framed === undefined) throw new Error('nothing was packed');
  return framed;
}
