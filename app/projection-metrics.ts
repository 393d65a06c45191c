import { Gauge, type Registry } from 'prom-client';
import { projectionStates, type ProjectionStatus } from '../runtime/projection-status.js';
import type { Runner } from '../runtime/runner.js';

/** Gauges of how far each projection is behind and whether it goes on, asked for when they are read; absent while the log cannot be asked. */
export function observeProjections(registry: Registry, runner: Pick<Runner, 'status'>): void {
  function gauge(name: string, help: string, set: (gauge: Gauge, status: ProjectionStatus) => void): void {
    const labelNames = name === STATE ? ['projection', 'state'] : ['projection'];
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        this.reset();
        const statuses = await runner.status().catch(() => []);
        for (const status of statuses) set(this, status);
      },
    });
  }
  gauge('cebe_projection_lag_ms', 'How long ago the oldest event that is not folded was received', (one, { name, lag_ms }) => {
    one.set({ projection: name }, lag_ms);
  });
  gauge('cebe_projection_lag_events', 'Events of the log that are not looked at yet', (one, { name, lag_events }) => {
    one.set({ projection: name }, lag_events);
  });
  gauge('cebe_projection_blocked', 'Keys that wait behind an event that could not be folded', (one, { name, blocked }) => {
    one.set({ projection: name }, blocked);
  });
  gauge(STATE, '1 for the state that the projection is in, 0 for the others', (one, { name, state }) => {
    for (const known of projectionStates) one.set({ projection: name, state: known }, known === state ? 1 : 0);
  });
}

const STATE = 'cebe_projection_state';
