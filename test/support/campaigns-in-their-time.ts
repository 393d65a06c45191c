import type { EventStore } from '../../stores/event-store/event-store.port.js';
import type { SurroundingsOptions } from './campaign-surroundings.js';
import { openCampaigns, type CampaignsUnderTest } from './campaigns.js';

/** Campaigns under a clock that stands still until a test moves it: how long things take on this machine changes nothing. */
export interface CampaignsInTheirTime {
  readonly engine: CampaignsUnderTest;
  readonly time: { readonly clock: () => number; forward(ms: number): void };
  /** Moves the clock on meanwhile, so that nothing has to be waited for in real time. */
  readonly movingOn: (work: Promise<void>) => Promise<void>;
}

/** Opens them. */
export async function openCampaignsInTheirTime(
  options: Omit<SurroundingsOptions, 'clock' | 'eventStore'> = {},
): Promise<CampaignsInTheirTime> {
  let now = Date.now();
  let reserving = 0;

  /** A reservation lapses by the clock, which therefore waits for it. */
  function watched(store: EventStore): EventStore {
    return {
      ...store,
      async append(stream, expected, events) {
        if (events[0]?.type !== 'campaign.message_reserved') return store.append(stream, expected, events);
        reserving += 1;
        try {
          return await store.append(stream, expected, events);
        } finally {
          // Whoever appended looks at the clock first.
          setImmediate(() => (reserving -= 1));
        }
      },
    };
  }

  const time = {
    clock: () => now,
    forward: (ms: number) => {
      now += ms;
    },
  };
  const engine = await openCampaigns({ ...options, clock: time.clock, eventStore: watched });
  return {
    engine,
    time,
    async movingOn(work) {
      const moving = setInterval(() => {
        if (reserving > 0) return;
        time.forward(1_000);
        engine.deps.scheduler.check();
      }, 50);
      await work.finally(() => {
        clearInterval(moving);
      });
    },
  };
}
