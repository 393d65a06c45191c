import { setMaxListeners } from 'node:events';
import { isEngineError } from '../../contracts/errors.js';
import { parseStreamName, type StreamRef } from '../../contracts/events/streams.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { campaignDecider } from '../../domain/campaign/campaign.decider.js';
import { isoInstant } from '../../runtime/clock.js';
import { pause, retry, retryDelay } from '../../runtime/retry.js';
import type { Alarm } from '../../runtime/scheduler.js';
import { loadStream } from '../command-handler.js';
import { beginRun, fireSchedule } from './launch.js';
import { mayPass, untilRecorded } from './message-events.js';
import { campaignStreamName } from './run-ids.js';
import { AFTERCARE_MS, driveRun, type RunDriver } from './run/run-driver.js';
import type { RunDeps } from './run/run-context.js';

/** Drives all runs and schedules of a process; only where the processors run live. */
export interface CampaignRunSaga {
  /** Begins with what the log and the read models show; resolves when it follows the log. */
  start(): Promise<void>;
  /** Ends when every message that was begun is recorded. */
  stop(): Promise<void>;
  /** A run changed: its driver reads it before it reserves again. */
  notify(workspace: string, runId: string): void;
}

const FOLLOWED = ['campaign', 'campaign_run', 'access'] as const;
const MODEL_MS = 30_000;

/** The saga of campaign runs: no cursor and no state of its own but what the log and the messages tell. */
export function createCampaignRunSaga(deps: RunDeps): CampaignRunSaga {
  const { eventStore, clock, scheduler, logger } = deps;
  const drivers = new Map<string, RunDriver>();
  const alarms = new Map<string, Alarm>();
  const begun = new Set<Promise<unknown>>();
  let stopping = new AbortController();
  let following: Promise<void> = Promise.resolve();

  function drive(workspace: string, runId: string): void {
    const key = `${workspace}/${runId}`;
    const known = drivers.get(key);
    if (known !== undefined) {
      known.notify();
      return;
    }
    const driver = driveRun(deps, { workspace, runId, signal: stopping.signal });
    drivers.set(key, driver);
    void driver.over.then(() => {
      if (drivers.get(key) === driver) drivers.delete(key);
    });
  }

  /** Work that is waited for when stopping; what fails for now is tried again, what fails for good is logged. */
  function begin(name: string, work: () => Promise<unknown>): void {
    const { signal } = stopping;
    const done: Promise<unknown> = retry(untilRecorded, work, { signal, mayRetry: mayPass })
      .catch((error: unknown) => {
        if (!signal.aborted)
          logger.error('campaign_saga_failed', { work: name, code: isEngineError(error) ? error.code : 'internal' });
      })
      .finally(() => begun.delete(done));
    begun.add(done);
  }

  function arm(workspace: string, campaignId: string, scheduledAt: string | undefined): void {
    const key = `${workspace}/${campaignId}`;
    alarms.get(key)?.cancel();
    alarms.delete(key);
    if (scheduledAt === undefined) return;
    const fire = (): void => {
      alarms.delete(key);
      begin('schedule', () => fireSchedule(deps, workspace, { campaignId, scheduledAt, at: isoInstant(clock()) }));
    };
    alarms.set(key, scheduler.at(Date.parse(scheduledAt), fire));
  }

  /** A launch whose process died before its run was started. */
  async function completeLaunch(workspace: string, campaignId: string): Promise<void> {
    const { state } = await loadStream(eventStore, campaignStreamName(workspace, campaignId), campaignDecider);
    await beginRun(deps, campaignId, { workspace, actor: 'cebe', at: isoInstant(clock()), state });
  }

  function settingsChanged(workspace: string): void {
    for (const [key, driver] of drivers) if (key.startsWith(`${workspace}/`)) driver.notify();
  }

  function heed({ type, data }: RecordedEvent, { category, workspace, id }: StreamRef): void {
    if (category === 'access') settingsChanged(workspace);
    else if (category === 'campaign_run') drive(workspace, id);
    else if (type === 'campaign.launched') {
      arm(workspace, id, undefined);
      begin('launch', () => completeLaunch(workspace, id));
    } else {
      const scheduledAt = data.plain['schedule_at'];
      arm(workspace, id, typeof scheduledAt === 'string' ? scheduledAt : undefined);
    }
  }

  /** What stood in the log before it is followed. */
  async function takeUp(): Promise<void> {
    const head = await eventStore.head();
    await deps.waitFor('campaigns', head, MODEL_MS);
    await deps.waitFor('campaign-runs', head, MODEL_MS);
    for (const { workspace, run } of await deps.runs.active(isoInstant(clock() - AFTERCARE_MS))) drive(workspace, run.run_id);
    for await (const { workspace, campaign } of deps.campaigns.inState('scheduled')) {
      if (!alarms.has(`${workspace}/${campaign.campaign_id}`)) arm(workspace, campaign.campaign_id, campaign.schedule_at);
    }
    for await (const { workspace, campaign } of deps.campaigns.inState('launched')) {
      const isStarted = campaign.run_id !== undefined && (await deps.runs.get(workspace, campaign.run_id)) !== null;
      if (!isStarted) begin('launch', () => completeLaunch(workspace, campaign.campaign_id));
    }
  }

  async function follow(after: bigint, signal: AbortSignal): Promise<void> {
    let from = after;
    for (let failures = 0; !signal.aborted;) {
      try {
        for await (const message of eventStore.subscribe({ after: from, categories: FOLLOWED, signal })) {
          failures = 0;
          if (message.kind !== 'event') continue;
          from = message.event.position;
          const stream = parseStreamName(message.event.stream);
          if (stream !== null) heed(message.event, stream);
        }
      } catch {
        failures += 1;
        await pause(retryDelay(untilRecorded, failures, deps.random), signal);
      }
    }
  }

  return {
    async start() {
      stopping = new AbortController();
      // Each message that waits for a store listens to it.
      setMaxListeners(0, stopping.signal);
      const { signal } = stopping;
      const head = await retry(untilRecorded, () => eventStore.head(), { signal, mayRetry: mayPass });
      following = follow(head, signal);
      await retry(untilRecorded, takeUp, { signal, mayRetry: mayPass });
    },
    async stop() {
      stopping.abort();
      for (const alarm of alarms.values()) alarm.cancel();
      alarms.clear();
      await Promise.all([following, ...begun, ...[...drivers.values()].map(({ over }) => over)]);
      drivers.clear();
    },
    notify(workspace, runId) {
      drivers.get(`${workspace}/${runId}`)?.notify();
    },
  };
}
