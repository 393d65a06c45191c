import { parentPort } from 'node:worker_threads';
import type { WriteGroup } from './outbox-messages.js';
import { createGroupWriter } from './write-group.js';

const writeGroup = createGroupWriter();

async function answer(group: WriteGroup): Promise<void> {
  parentPort?.postMessage(await writeGroup(group));
}

parentPort?.on('message', (group: WriteGroup) => void answer(group));
