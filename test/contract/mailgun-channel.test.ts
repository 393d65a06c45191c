import { openMailgun } from '../../channels/mailgun/mailgun.channel.js';
import { startMailgunStandIn } from '../support/mailgun-stand-in.js';
import { describeChannel } from './channel.suite.js';

describeChannel('mailgun', async () => {
  const standIn = await startMailgunStandIn();
  const { apiKey, domain, url } = standIn;
  const channel = openMailgun({ apiKey, domain, url, publicUrl: 'https://cebe.example', clock: () => Date.now() });
  const raw = (fields: Readonly<Record<string, readonly string[]>>): string =>
    Object.entries(fields)
      .flatMap(([name, values]) => values.map((value) => `${name}: ${value}`))
      .join('\n');
  return {
    channel,
    delivered: (to) => Promise.resolve(standIn.accepted.filter((message) => message.to === to).map(({ fields }) => raw(fields))),
    close: async () => {
      await channel.close();
      await standIn.close();
    },
  };
});
