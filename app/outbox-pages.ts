import type { OutboxPages } from '../api/outbox.port.js';
import { listOutbox, listOutboxRuns, readOutboxMessage } from '../channels/outbox/outbox.reader.js';

/** The pages of an outbox folder. */
export function createOutboxPages(folder: string): OutboxPages {
  return {
    runs: (workspace) => listOutboxRuns(folder, workspace),
    list: (workspace, run_id, page) => listOutbox(folder, { workspace, run_id }, page),
    read: (workspace, run_id, name) => readOutboxMessage(folder, { workspace, run_id }, name),
  };
}
