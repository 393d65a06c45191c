import type { Command } from 'commander';
import type { CommandContext } from './command-context.js';
import type { ExitCode } from './exit-codes.js';

/** Adds one command with its actions; an action that ends other than in `done` or a throw tells its exit code through `end`. */
export type AddCommand = (program: Command, context: CommandContext, end: (code: ExitCode) => void) => void;
