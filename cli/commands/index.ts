import type { AddCommand } from '../add-command.js';
import { addDoctor } from './doctor.command.js';
import { addSchema } from './schema.command.js';
import { addStart } from './start.command.js';

/** Every command, in the order of the help. */
export const commands: readonly AddCommand[] = [addStart, addDoctor, addSchema];
