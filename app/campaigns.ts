import { Counter, type Registry } from 'prom-client';
import type { Channel } from '../channels/channel.port.js';
import { mailgunWebhooks } from '../channels/mailgun/mailgun-webhook-reader.js';
import { openOutbox } from '../channels/outbox/outbox.channel.js';
import { openLiquidRenderer } from '../channels/rendering/liquid/liquid.renderer.js';
import { createCampaigns, type CampaignsModule } from '../commands/campaigns/create-campaigns.js';
import type { Clock } from '../runtime/clock.js';
import type { DirectValues } from '../runtime/direct-values.js';
import type { Logger } from '../runtime/logger.js';
import type { Runner } from '../runtime/runner.js';
import type { Scheduler } from '../runtime/scheduler.js';
import type { Config } from './config.js';
import { dataFiles, type Stores } from './stores.js';
import type { ReadModels } from './read-models.js';

export interface CampaignsOptions {
  readonly config: Config;
  readonly stores: Stores;
  readonly models: ReadModels;
  readonly runner: Pick<Runner, 'waitFor'>;
  readonly direct: DirectValues;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Where recipients reach the engine, without a slash at the end. */
  readonly publicUrl: () => string;
  readonly decorateChannel: (channel: Channel) => Channel;
}

/** Campaigns with their way out; `close` after the saga has stopped. */
export interface ComposedCampaigns extends CampaignsModule {
  readonly channels: Readonly<Record<string, Channel>>;
  close(): Promise<void>;
}

/** Campaigns through Mailgun where it is configured, else through the outbox. Errors: `channel_misconfigured`. */
export async function composeCampaigns(options: CampaignsOptions): Promise<ComposedCampaigns> {
  const { config, stores, models, metrics, clock, runner } = options;
  const email = options.decorateChannel(await openChannel(config, clock));
  const renderer = openLiquidRenderer();
  const webhooks = new Counter({
    name: 'cebe_webhooks_total',
    help: 'Callbacks of providers by what became of them',
    labelNames: ['result'],
    registers: [metrics],
  });
  const module = createCampaigns({
    ...options,
    ...models,
    eventStore: stores.eventStore,
    documents: stores.documentStore,
    vault: stores.vault,
    random: Math.random,
    directValues: options.direct,
    renderer,
    channels: { email },
    webhooks: { [mailgunWebhooks.provider]: mailgunWebhooks },
    testFrom: `test@${config.mailgun?.domain ?? 'cebe.example'}`,
    waitFor: (model, position, waitMs) => runner.waitFor(model, position, waitMs),
    countWebhook: (result) => {
      webhooks.inc({ result });
    },
  });
  return {
    ...module,
    channels: { email },
    async close() {
      await renderer.close();
      await email.close();
    },
  };
}

async function openChannel({ mailgun, publicUrl, dataDir }: Config, clock: Clock): Promise<Channel> {
  if (mailgun === undefined) return openOutbox({ folder: dataFiles(dataDir).outbox, clock });
  const { openMailgun } = await import('../channels/mailgun/mailgun.channel.js');
  return openMailgun({ ...mailgun, publicUrl, clock });
}
