import { EngineError } from '../../contracts/errors.js';
import { ingestLimits } from '../../contracts/ingest.js';

export interface AdmissionLimits {
  /** Events of all requests in flight together. */
  readonly events: number;
  /** Bytes of all requests in flight together. */
  readonly bytes: number;
}

/** What ingest takes at once before it asks senders to wait. */
const defaultAdmissionLimits: AdmissionLimits = { events: ingestLimits.eventsInFlight, bytes: ingestLimits.bytesInFlight };

export interface Admission {
  /** Runs the work if there is room now, else refuses at once with `overloaded`; nothing ever queues here. */
  run<T>(load: AdmissionLimits, work: () => Promise<T>): Promise<T>;
}

/** Bounds what is in flight, so that overload is an immediate answer instead of growing memory. */
export function createAdmission(limits: AdmissionLimits = defaultAdmissionLimits): Admission {
  let events = 0;
  let bytes = 0;
  return {
    async run(load, work) {
      const idle = events === 0;
      if (!idle && (events + load.events > limits.events || bytes + load.bytes > limits.bytes)) {
        throw new EngineError(
          'overloaded',
          `expected at most ${String(limits.events)} events in flight, found ${String(events)}; send again later`,
          {
            details: { retry_after_s: 1 },
          },
        );
      }
      events += load.events;
      bytes += load.bytes;
      try {
        return await work();
      } finally {
        events -= load.events;
        bytes -= load.bytes;
      }
    },
  };
}
