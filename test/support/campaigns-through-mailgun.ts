import { openMailgun } from '../../channels/mailgun/mailgun.channel.js';
import type { JsonObject } from '../../contracts/json.js';
import { people } from './campaign-people.js';
import { movableClock } from './campaign-surroundings.js';
import { openCampaigns, WORKSPACE, type CampaignsUnderTest } from './campaigns.js';
import { startMailgunStandIn, type MailgunStandIn } from './mailgun-stand-in.js';

/** Campaigns that go out through a stand-in for Mailgun, under a clock that can be moved. */
export interface CampaignsThroughMailgun {
  readonly engine: CampaignsUnderTest;
  readonly mailgun: MailgunStandIn;
  readonly time: ReturnType<typeof movableClock>;
  /** Stores so many people and launches a campaign to them; answers the run. */
  launch(count: number, over?: JsonObject): Promise<string>;
  /** Moves the clock on meanwhile, so that nothing has to be waited for in real time. */
  movingOn(work: Promise<void>): Promise<void>;
  /** Resolves when the run is completed, with the clock moving on. */
  untilCompleted(runId: string): Promise<void>;
  dispose(): Promise<void>;
}

/** Opens them. */
export async function openCampaignsThroughMailgun(): Promise<CampaignsThroughMailgun> {
  const mailgun = await startMailgunStandIn();
  const time = movableClock();
  const { apiKey, domain, url } = mailgun;
  const engine = await openCampaigns({
    clock: time.clock,
    channel: (_folder, clock) =>
      Promise.resolve(openMailgun({ apiKey, domain, url, publicUrl: 'https://cebe.example', clock, timeoutMs: 3_000 })),
  });
  await engine.deps.vault.putSecret(WORKSPACE, 'mailgun_signing', Buffer.from(mailgun.signingKey));

  async function movingOn(work: Promise<void>): Promise<void> {
    const moving = setInterval(() => {
      time.forward(1_000);
      engine.deps.scheduler.check();
    }, 50);
    await work.finally(() => {
      clearInterval(moving);
    });
  }

  return {
    engine,
    mailgun,
    time,
    movingOn,
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
