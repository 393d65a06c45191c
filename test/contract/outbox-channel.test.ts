import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openOutbox } from '../../channels/outbox/outbox.channel.js';
import { describeChannel } from './channel.suite.js';

describeChannel('outbox', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cebe-outbox-'));
  const channel = await openOutbox({ folder, clock: () => Date.UTC(2026, 10, 23) });
  return {
    channel,
    delivered: async (to) => {
      const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.eml'));
      const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
      return texts.filter((text) => text.includes(`To: ${to}`));
    },
    close: async () => {
      await channel.close();
      await rm(folder, { recursive: true });
    },
  };
});
