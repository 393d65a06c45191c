import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Channel } from '../../channels/channel.port.js';
import { anOutgoingMessage, lookUpOf } from '../support/outgoing-message.js';

/** A channel under test, and how many messages really went out to an address. */
export interface ChannelPlace {
  readonly channel: Channel;
  /** The raw text of everything that went to the address, headers included. */
  delivered(to: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** What every channel promises, whatever is behind it. */
export function describeChannel(name: string, open: () => Promise<ChannelPlace>): void {
  describe(`channel: ${name}`, () => {
    let place: ChannelPlace;
    let channel: Channel;
    beforeAll(async () => {
      place = await open();
      channel = place.channel;
    });
    afterAll(async () => {
      await place.close();
    });
    const someone = (): string => `${randomUUID()}@mail.example`;

    it('sends one message for one call and answers with the id that the provider knows it by', async () => {
      const message = anOutgoingMessage({ to: someone() });
      const outcome = await channel.send(message);
      expect(outcome).toEqual({
        kind: 'sent',
        provider: channel.name,
        provider_message_id: expect.stringContaining(message.attempt_id),
      });
      expect(await place.delivered(message.to)).toHaveLength(1);
    });

    it('finds what it sent, under the same id', async () => {
      const message = anOutgoingMessage({ to: someone() });
      const outcome = await channel.send(message);
      expect(await channel.lookUp(lookUpOf(message))).toEqual(outcome);
    });

    it('does not find what it never sent', async () => {
      expect(await channel.lookUp(lookUpOf(anOutgoingMessage()))).toEqual({ kind: 'not_found' });
    });

    it('sends many at once, each to its own recipient', async () => {
      const run_id = randomUUID();
      const messages = Array.from({ length: 60 }, () => anOutgoingMessage({ run_id, to: someone() }));
      const outcomes = await Promise.all(messages.map((message) => channel.send(message)));
      expect(outcomes.map(({ kind }) => kind)).toEqual(messages.map(() => 'sent'));
      const counts = await Promise.all(messages.map(async ({ to }) => (await place.delivered(to)).length));
      expect(counts).toEqual(messages.map(() => 1));
    });

    it('carries the one-click unsubscribe headers and the opaque id', async () => {
      const message = anOutgoingMessage({
        to: someone(),
        unsubscribe: { url: 'https://cebe.example/u/main.abc', mailto: 'out@shop.example' },
      });
      await channel.send(message);
      const [raw = ''] = await place.delivered(message.to);
      expect(raw).toContain('<https://cebe.example/u/main.abc>, <mailto:out@shop.example>');
      expect(raw).toContain('List-Unsubscribe=One-Click');
      expect(raw).toContain('opaque-token');
    });

    it.each([
      ['two addresses', 'a@mail.example,b@mail.example'],
      ['a name', 'Asha <asha@mail.example>'],
      ['a line end', 'asha@mail.example\r\nBcc: b@mail.example'],
      ['no address', 'nobody'],
    ])('refuses a recipient that is %s for good', async (_what, to) => {
      expect(await channel.send(anOutgoingMessage({ to }))).toMatchObject({
        kind: 'refused',
        permanence: 'permanent',
        code: 'invalid_address',
      });
    });

    it('lets no value end its header', async () => {
      const message = anOutgoingMessage({
        to: someone(),
        subject: 'Hi\r\nBcc: victim@mail.example\r\n\r\nbody',
        from: 'Shop\r\nBcc: victim@mail.example <hello@shop.example>',
        headers: {
          'X-Campaign': 'a\r\nBcc: victim@mail.example',
          'X-Bad\r\nBcc': 'victim@mail.example',
          Bcc: 'victim@mail.example',
        },
      });
      expect((await channel.send(message)).kind).toBe('sent');
      const [raw = ''] = await place.delivered(message.to);
      expect(raw).not.toMatch(/^(?:h:)?Bcc:/im);
    });
  });
}
