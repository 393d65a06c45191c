import type { AddCommand } from '../add-command.js';
import { addDoctor } from './doctor.command.js';
import { addImport } from './import.command.js';
import { addSchema } from './schema.command.js';
import { addSend } from './send.command.js';
import { addStart } from './start.command.js';

/** Every command, in the order of the help. */
export const commands: readonly AddCommand[] = [addStart, addSend, addImport, addDoctor, addSchema];
