import type { AddCommand } from '../add-command.js';
import { addCampaign } from './campaign.command.js';
import { addCustomer } from './customer.command.js';
import { addDeadletter } from './deadletter.command.js';
import { addDemo } from './demo.command.js';
import { addDoctor } from './doctor.command.js';
import { addImport } from './import.command.js';
import { addKeys } from './keys.command.js';
import { addProjection } from './projection.command.js';
import { addSchema } from './schema.command.js';
import { addSegment } from './segment.command.js';
import { addSend } from './send.command.js';
import { addStart } from './start.command.js';
import { addStream } from './stream.command.js';
import { addTail } from './tail.command.js';

/** Every command, in the order of the help. */
export const commands: readonly AddCommand[] = [
  addStart,
  addDemo,
  addSend,
  addImport,
  addKeys,
  addCustomer,
  addSegment,
  addCampaign,
  addProjection,
  addDeadletter,
  addTail,
  addStream,
  addDoctor,
  addSchema,
];
