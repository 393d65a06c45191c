import { randomUUID } from 'node:crypto';
import type { LookUpQuery, OutgoingMessage } from '../../channels/channel.port.js';

/** A message to a fresh recipient of a fresh run, with what the test cares about put over it. */
export function anOutgoingMessage(over: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    workspace: 'main',
    run_id: randomUUID(),
    customer_id: `c_${randomUUID().slice(0, 8)}`,
    attempt_id: randomUUID(),
    to: 'asha@mail.example',
    from: 'The Shop <hello@shop.example>',
    subject: 'Your offer',
    html: '<p>Hello Asha</p>',
    text: 'Hello Asha',
    unsubscribe: { url: 'https://cebe.example/u/main.token' },
    message_token: 'opaque-token',
    ...over,
  };
}

/** The look-up of a message's attempt. */
export function lookUpOf({ workspace, run_id, customer_id, attempt_id }: OutgoingMessage): LookUpQuery {
  return { workspace, run_id, customer_id, attempt_id };
}
