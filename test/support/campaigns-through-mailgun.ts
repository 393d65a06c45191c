import { openMailgun } from '../../channels/mailgun/mailgun.channel.js';
import type { JsonObject } from '../../contracts/json.js';
import { people } from './campaign-people.js';
import { openCampaignsInTheirTime, type CampaignsInTheirTime } from './campaigns-in-their-time.js';
import { WORKSPACE } from './campaigns.js';
import { startMailgunStandIn, type MailgunStandIn } from './mailgun-stand-in.js';

/** Campaigns that go out through a stand-in for Mailgun. */
export interface CampaignsThroughMailgun extends CampaignsInTheirTime {
  readonly mailgun: MailgunStandIn;
  /** Stores so many people and launches a campaign to them; answers the run. */
  launch(count: number, over?: JsonObject): Promise<string>;
  /** Resolves when the run is completed, with the clock moving on. */
  untilCompleted(runId: string): Promise<void>;
  dispose(): Promise<void>;
}

/** Opens them. */
export async function openCampaignsThroughMailgun(): Promise<CampaignsThroughMailgun> {
  const mailgun = await startMailgunStandIn();
  const { apiKey, domain, url } = mailgun;
  const inTheirTime = await openCampaignsInTheirTime({
    channel: (_folder, clock) =>
      Promise.resolve(openMailgun({ apiKey, domain, url, publicUrl: 'https://cebe.example', clock, timeoutMs: 15_000 })),
  });
  const { engine, movingOn } = inTheirTime;
  await engine.deps.vault.putSecret(WORKSPACE, 'mailgun_signing', Buffer.from(mailgun.signingKey));
  return {
    ...inTheirTime,
    mailgun,
    async launch(count, over = {}) {
      await engine.populate(people(count));
      return engine.launch(await engine.defineCampaign(over));
    },
    untilCompleted: (runId) => movingOn(engine.untilRun(runId, 'completed')),
    async dispose() {
      await engine.dispose();
      await mailgun.close();
    },
  };
}
