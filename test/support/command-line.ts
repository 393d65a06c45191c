import { PassThrough } from 'node:stream';
import { runProgram } from '../../cli/program.js';
import type { Environment } from '../../app/config.js';
import type { ExitCode } from '../../cli/exit-codes.js';

export interface CommandRun {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `cebe` in this process, off a terminal. */
export async function runCommand(args: readonly string[], env: Environment, cwd: string): Promise<CommandRun> {
  const [stdout, stderr] = [collector(), collector()];
  const exitCode = await runProgram(args, { env, cwd, stdout: stdout.stream, stderr: stderr.stream });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

/** A stream that keeps what is written to it. */
export function collector(): { readonly stream: PassThrough; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
