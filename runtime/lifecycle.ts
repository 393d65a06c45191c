import { EngineError } from '../contracts/errors.js';
import type { Logger } from './logger.js';

/** Something that is started and stopped, in the order in which it was given. */
export interface Component {
  readonly name: string;
  /** How long stopping may take; absent: 10 s. */
  readonly stopWithinMs?: number;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The whole of several components. */
export interface Lifecycle {
  /** Starts one after the other; when one fails, those that started are stopped in reverse and the failure is thrown. */
  start(): Promise<void>;
  /** Stops in reverse order; goes on after a failure or a missed deadline; answers the names that did not stop cleanly. */
  stop(): Promise<readonly string[]>;
}

const STOP_WITHIN_MS = 10_000;

/** Ties components to one start and one stop. */
export function createLifecycle(components: readonly Component[], logger: Logger): Lifecycle {
  const started: Component[] = [];

  async function stop(): Promise<readonly string[]> {
    const unclean: string[] = [];
    for (let component = started.pop(); component !== undefined; component = started.pop()) {
      try {
        await within(component.stopWithinMs ?? STOP_WITHIN_MS, component);
      } catch (error) {
        unclean.push(component.name);
        logger.error('component_stop_failed', { component: component.name, reason: reasonOf(error) });
      }
    }
    return unclean;
  }

  return {
    async start() {
      for (const component of components) {
        try {
          await component.start();
          started.push(component);
        } catch (error) {
          logger.error('component_start_failed', { component: component.name, reason: reasonOf(error) });
          await stop();
          throw error;
        }
      }
    },
    stop,
  };
}

async function within(ms: number, component: Component): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new EngineError('store_timeout', `Expected ${component.name} to stop within ${ms} ms; it has not.`));
    }, ms);
  });
  try {
    await Promise.race([component.stop(), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
