import { isEngineError } from '../contracts/errors.js';
import { startBuild, type Build } from './build.js';
import type { Clock } from './clock.js';
import { createJobFeed } from './job-feed.js';
import { retry, type RetryPolicy } from './retry.js';
import { isSameBasis, type Slot } from './slot.js';

/** How far a rebuild has come; counts are of positions in the log. */
export interface RebuildProgress {
  readonly state: 'building' | 'ready' | 'switching' | 'done';
  readonly generation: number;
  readonly done: number;
  readonly total: number;
  readonly eventsPerSecond: number;
  /** Absent until it can be told. */
  readonly secondsLeft?: number;
}

/** A rebuild on its way. */
export interface RebuildJob {
  readonly generation: number;
  /** The newest progress at once, then as it changes; ends with the job. */
  progress(): AsyncIterable<RebuildProgress>;
  /** `switched`, or `interrupted` when the process stops first (the next start goes on); rejects with `cancelled` or what went wrong. */
  readonly done: Promise<'switched' | 'interrupted'>;
  /** Lets a `manual` rebuild, or one with more blocked keys than what serves, take over. */
  switch(): void;
  /** Stops and forgets the new generation. */
  cancel(): void;
  /** Stops where it is, to go on at the next start. */
  interrupt(): Promise<void>;
}

export interface RebuildSurroundings {
  readonly clock: Clock;
  /** How long the old documents stay readable after the switch, for queries on their way. */
  readonly dropAfterMs: number;
}

const REPORT_EVERY_MS = 200;
/** A switch begun is completed: in between nothing serves. */
const SWITCHING: RetryPolicy = { attempts: 20, baseMs: 100, factor: 2, maxMs: 5_000, jitter: 0.2 };

/** Builds the next generation beside the serving one and lets it take over; goes on with one that an earlier process began. */
export async function startRebuild(slot: Slot, mode: 'auto' | 'manual', around: RebuildSurroundings): Promise<RebuildJob> {
  const { projection } = slot.entry;
  const basis = await slot.basis();
  const begun = slot.catalogue()?.building;
  const goesOn = begun?.version === projection.version && isSameBasis(begun.basis, basis);
  if (begun !== undefined && !goesOn) await slot.drop(begun.generation);
  const generation = goesOn
    ? begun.generation
    : await slot.reserve((entry, next) => ({
        ...entry,
        building: { generation: next, version: projection.version, mode, basis },
      }));

  const ending = new AbortController();
  let asked: 'cancel' | 'interrupt' | null = null;
  const switchAsked = signalOnce();
  if ((goesOn ? begun.mode : mode) === 'auto') switchAsked.give();
  const feed = createJobFeed<RebuildProgress>({ state: 'building', generation, done: 0, total: 0, eventsPerSecond: 0 });

  async function run(): Promise<'switched' | 'interrupted'> {
    const old = slot.catalogue()?.generation;
    const build = await startBuild(slot, { generation, basis }, ending.signal);
    const unreport = build.progress.onAdvance(throttled(around.clock, () => feed.push(reportOf('building', build, slot))));
    try {
      await build.close();
      if (isWorse(build, slot)) switchAsked.takeBack();
      if (!switchAsked.isGiven()) feed.push(reportOf('ready', build, slot));
      await switchAsked.given(ending.signal);
      await build.close();
      feed.push(reportOf('switching', build, slot));
      await build.together(async () => {
        const position = slot.progress.position();
        await build.stop();
        await retry(SWITCHING, () => slot.switchTo({ generation, basis }, position));
      });
      feed.push(reportOf('done', build, slot));
      if (old !== undefined) dropLater(slot, old, around.dropAfterMs);
      return 'switched';
    } catch (error) {
      unreport();
      await build.stop();
      if (asked === 'cancel') await forgetBuilding(slot, generation);
      if (asked === 'interrupt' && isEngineError(error, 'cancelled')) return 'interrupted';
      throw error;
    } finally {
      unreport();
      feed.end();
    }
  }

  const done = run();
  // Whoever does not wait for the end still sees it in the status.
  done.catch(() => undefined);

  return {
    generation,
    progress: () => feed.reports(),
    done,
    switch: switchAsked.give,
    cancel() {
      asked ??= 'cancel';
      ending.abort();
    },
    async interrupt() {
      asked ??= 'interrupt';
      ending.abort();
      await done.catch(() => undefined);
    },
  };
}

/** Removes a generation that was on its way. */
export async function forgetBuilding(slot: Slot, generation: number): Promise<void> {
  const entry = slot.catalogue();
  if (entry === null) return;
  const { building: _forgotten, ...rest } = entry;
  await slot.save(rest);
  await slot.drop(generation);
}

/** More keys that cannot go on than in what serves: a person is to look at it before it takes over. */
function isWorse(build: Build, slot: Slot): boolean {
  const serving = slot.live();
  return serving !== null && build.processor.report().blocked > serving.report().blocked;
}

function reportOf(state: RebuildProgress['state'], build: Build, slot: Slot): RebuildProgress {
  const done = Number(build.progress.position()) + 1;
  const total = Number(slot.progress.position()) + 1;
  const { eventsPerSecond } = build.processor.report();
  const secondsLeft = eventsPerSecond === 0 ? {} : { secondsLeft: Math.ceil((total - done) / eventsPerSecond) };
  return { state, generation: build.generation, done, total, eventsPerSecond, ...secondsLeft };
}

function throttled(clock: Clock, report: () => void): () => void {
  let last = 0;
  return () => {
    if (clock() - last < REPORT_EVERY_MS) return;
    last = clock();
    report();
  };
}

/** The next start drops it too, should this process end first. */
function dropLater(slot: Slot, generation: number, afterMs: number): void {
  const timer = setTimeout(() => {
    slot.drop(generation).catch(() => undefined);
  }, afterMs);
  timer.unref();
}

interface SignalOnce {
  readonly give: () => void;
  takeBack(): void;
  isGiven(): boolean;
  given(signal: AbortSignal): Promise<void>;
}

function signalOnce(): SignalOnce {
  let isGiven = false;
  let tell: () => void = () => undefined;
  return {
    give() {
      isGiven = true;
      tell();
    },
    takeBack() {
      isGiven = false;
    },
    isGiven: () => isGiven,
    given(signal) {
      if (isGiven || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        tell = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    },
  };
}
