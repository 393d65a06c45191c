import { describeSettings, readConfig, unknownVariables, type Setting } from '../../app/config.js';
import type { CheckResult, OnRead } from '../../app/doctor-check.js';
import { doctorChecks } from '../../app/doctor-checks.js';
import { isEngineError } from '../../contracts/errors.js';
import type { AddCommand } from '../add-command.js';
import type { CommandContext } from '../command-context.js';
import { exitCodes } from '../exit-codes.js';

interface Report {
  readonly settings: readonly Setting[];
  readonly checks: readonly CheckResult[];
}

/** `cebe doctor`: the configuration with its sources, and what is wrong with it or with the data folder; exit code 3 for problems. */
export const addDoctor: AddCommand = (program, context, end) => {
  program
    .command('doctor')
    .description('show the configuration with its sources, and check it and the data folder')
    .option('--deep', 'also read everything stored, and check it')
    .action(async (options: { readonly deep?: true }) => {
      const settings = describeSettings(context.env);
      const checks = [checkEnvironment(context), ...(await checkFolder(context, options.deep === true ? 'deep' : 'quick'))];
      context.output.data<Report>({ settings, checks }, renderReport);
      if (checks.some((check) => check.state === 'problem')) end(exitCodes.found_problems);
    });
};

function checkEnvironment({ env, cwd }: CommandContext): CheckResult {
  const name = 'configuration';
  try {
    readConfig(env, cwd);
  } catch (error) {
    if (!isEngineError(error, 'config_invalid')) throw error;
    return {
      name,
      state: 'problem',
      detail: error.places.map(({ pointer, detail }) => `${pointer.slice(1)}: ${detail}`).join('; '),
    };
  }
  const strangers = unknownVariables(env);
  if (strangers.length > 0) return { name, state: 'note', detail: `not known, so not read: ${strangers.join(', ')}` };
  return { name, state: 'ok', detail: 'every variable can be read' };
}

async function checkFolder({ env, cwd, output }: CommandContext, depth: 'quick' | 'deep'): Promise<readonly CheckResult[]> {
  const config = configOrNull(env, cwd);
  if (config === null) return [];
  const checks = doctorChecks(config).filter((check) => depth === 'deep' || check.depth === 'quick');
  const results: CheckResult[] = [];
  const reading = readingOf(output);
  try {
    for (const check of checks) results.push(...(await check.run(reading.onRead)));
  } finally {
    reading.finish();
  }
  return results;
}

/** Shows how far the reading is, once there is something to read. */
function readingOf(output: CommandContext['output']): { readonly onRead: OnRead; finish(): void } {
  let bar: ReturnType<CommandContext['output']['progress']> | undefined;
  return {
    onRead(done, total) {
      bar ??= output.progress({ label: 'reading the log', total, unit: 'events' });
      bar.update(done);
    },
    finish: () => bar?.finish(),
  };
}

function configOrNull(env: CommandContext['env'], cwd: string): ReturnType<typeof readConfig> | null {
  try {
    return readConfig(env, cwd);
  } catch (error) {
    if (isEngineError(error, 'config_invalid')) return null;
    throw error;
  }
}

function renderReport({ settings, checks }: Report): string {
  const width = Math.max(...settings.map(({ name }) => name.length));
  const lines = settings.map(({ name, value, source, purpose }) => {
    const shown = source === 'absent' ? '–' : `${value}  (${source})`;
    return `${name.padEnd(width)}  ${shown}  · ${purpose}`;
  });
  const marks = { ok: 'ok     ', note: 'note   ', problem: 'PROBLEM' };
  return [...lines, '', ...checks.map(({ name, state, detail }) => `${marks[state]}  ${name}: ${detail}`)].join('\n');
}
