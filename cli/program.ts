import { Command, CommanderError } from 'commander';
import { readConfig, type Environment } from '../app/config.js';
import { readVersion } from '../app/version.js';
import { isEngineError } from '../contracts/errors.js';
import { isApiProblem } from './api-problem.js';
import type { CommandContext } from './command-context.js';
import { commandsFor } from './commands/index.js';
import { connect } from './engine-connection.js';
import { exitCodeOf, exitCodes, type ExitCode } from './exit-codes.js';
import { onInterruption } from './interruption.js';
import { createOutput, type Output, type OutputStreams } from './output.js';

export interface ProgramOptions extends OutputStreams {
  readonly env: Environment;
  readonly cwd: string;
}

/** Runs one command line (without `node` and the script) and answers its exit code; nothing is thrown. */
export async function runProgram(args: readonly string[], options: ProgramOptions): Promise<ExitCode> {
  const output = createOutput(args.includes('--json') ? 'json' : 'text', options);
  let interruption: AbortSignal | undefined;
  const context: CommandContext = {
    env: options.env,
    cwd: options.cwd,
    output,
    interruption: () => (interruption ??= onInterruption()),
    config: () => readConfig(options.env, options.cwd),
    withEngine: async (work, { folder } = { folder: 'existing' }) => {
      const connection = await connect(readConfig(options.env, options.cwd), { output, folder });
      return work(connection).finally(() => connection.close());
    },
  };
  let result: ExitCode = exitCodes.done;
  const program = createProgram(options);
  for (const addCommand of await commandsFor(args)) {
    addCommand(program, context, (code) => (result = code));
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return result;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    if (interruption?.aborted === true) return exitCodes.interrupted;
    report(error, output);
    return exitCodeOf(error);
  }
}

function createProgram({ stdout, stderr }: OutputStreams): Command {
  const program = new Command('cebe');
  program
    .description('CEBE: one log of everything that happens to customers, and everything derived from it')
    .version(readVersion())
    .option('--json', 'data as JSON, one line a row')
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .showHelpAfterError('(see --help)');
  return program;
}

function report(error: unknown, output: Output): void {
  const known = isEngineError(error) || isApiProblem(error);
  const code = known ? error.code : 'internal';
  const detail = error instanceof Error ? error.message : String(error);
  const places = known ? error.places : [];
  if (output.json) {
    output.note(JSON.stringify({ code, detail, errors: places }));
    return;
  }
  output.note(`cebe: ${detail} (${code})`);
  for (const place of places) output.note(`  ${place.pointer === '' ? '(body)' : place.pointer}: ${place.detail}`);
  if (!known && error instanceof Error && error.stack !== undefined) output.note(error.stack);
}
