import { parentPort } from 'node:worker_threads';
import type { WriteGroup } from './outbox-messages.js';
import { createGroupWriter } from './write-group.js';

const writeGroup = createGroupWriter();

parentPort?.on('message', (group: WriteGroup) => parentPort?.postMessage(writeGroup(group)));
