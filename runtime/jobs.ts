import { EngineError } from '../contracts/errors.js';
import type { DocumentStore } from '../stores/document-store/document-store.port.js';
import type { Clock } from './clock.js';
import type { Logger } from './logger.js';
import type { JobStatus } from './projection-status.js';
import { startRebuild, type RebuildJob, type RebuildProgress } from './rebuild.js';
import type { Slot } from './slot.js';
import { startVerify, type VerifyJob } from './verify.js';

/** Rebuilds and verifications, at most one a projection. */
export interface Jobs {
  /** Builds the next generation; `manual` waits with the switch. `rebuild_running` while one is on its way. */
  rebuild(name: string, mode?: 'auto' | 'manual'): Promise<RebuildJob>;
  /** The rebuild on its way, also one that a new version of the code has started. */
  rebuildOf(name: string): Promise<RebuildJob | null>;
  verify(name: string): VerifyJob;
}

/** The jobs with what only their runner needs. */
export interface RunningJobs extends Jobs {
  jobOf(name: string): JobStatus | null;
  interruptAll(): Promise<void>;
}

export interface JobsOptions {
  readonly slotOf: (name: string) => Slot;
  readonly documentStore: DocumentStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly dropAfterMs: number;
}

interface Running {
  readonly kind: 'rebuild' | 'verify';
  rebuild: Promise<RebuildJob> | null;
  newest: RebuildProgress | null;
  end: () => Promise<void>;
}

/** Keeps the jobs of all projections. */
export function createJobs(options: JobsOptions): RunningJobs {
  const { slotOf, documentStore, logger } = options;
  const running = new Map<string, Running>();

  function begin(name: string, kind: Running['kind']): Running {
    const known = running.get(name);
    if (known !== undefined) {
      throw new EngineError('rebuild_running', `Expected no rebuild or verification of ${name}; a ${known.kind} is on its way.`);
    }
    const job: Running = { kind, rebuild: null, newest: null, end: () => Promise.resolve() };
    running.set(name, job);
    return job;
  }

  async function rebuildSlot(slot: Slot, mode: 'auto' | 'manual'): Promise<RebuildJob> {
    const { name } = slot.entry.projection;
    const job = begin(name, 'rebuild');
    try {
      const started = startRebuild(slot, mode, options).then((rebuild) => ({ ...rebuild, done: ended(name, rebuild.done) }));
      job.rebuild = started;
      job.end = async () => {
        // One that could not be started has ended.
        await started.then(
          (rebuild) => rebuild.interrupt(),
          () => undefined,
        );
      };
      const rebuild = await started;
      void follow(name, job, rebuild);
      return rebuild;
    } catch (error) {
      running.delete(name);
      throw error;
    }
  }

  async function follow(name: string, job: Running, rebuild: RebuildJob): Promise<void> {
    logger.info('rebuild_started', { projection: name, generation: rebuild.generation });
    try {
      for await (const progress of rebuild.progress()) job.newest = progress;
      const outcome = await rebuild.done;
      logger.info('rebuild_ended', { projection: name, generation: rebuild.generation, outcome });
    } catch (error) {
      const reason = error instanceof Error ? error.name : typeof error;
      logger.warn('rebuild_failed', { projection: name, generation: rebuild.generation, reason });
    }
  }

  /** Whoever waits for the end may begin the next job right away. */
  function ended<Outcome>(name: string, done: Promise<Outcome>): Promise<Outcome> {
    const finished = done.finally(() => running.delete(name));
    finished.catch(() => undefined);
    return finished;
  }

  return {
    rebuild: (name, mode = 'auto') => rebuildSlot(slotOf(name), mode),
    rebuildOf: async (name) => running.get(slotOf(name).entry.projection.name)?.rebuild ?? null,
    verify(name) {
      const slot = slotOf(name);
      const job = begin(name, 'verify');
      const started = startVerify(slot, documentStore);
      const verify = { ...started, done: ended(name, started.done) };
      job.end = async () => {
        verify.cancel();
        await verify.done.catch(() => undefined);
      };
      return verify;
    },
    jobOf(name) {
      const job = running.get(name);
      if (job === undefined) return null;
      if (job.kind === 'verify') return { kind: 'verify' };
      return { kind: 'rebuild', ...(job.newest === null ? {} : { progress: job.newest }) };
    },
    async interruptAll() {
      await Promise.all([...running.values()].map((job) => job.end()));
    },
  };
}
