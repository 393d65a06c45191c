import type { ErrorCode } from '../contracts/error-catalogue.js';
import { isEngineError } from '../contracts/errors.js';
import { isApiProblem } from './api-problem.js';

/** What the exit code of every command means. */
export const exitCodes = { done: 0, failed: 1, usage: 2, found_problems: 3, unreachable: 4, busy: 5, interrupted: 130 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const exitCodeByError: Readonly<Partial<Record<ErrorCode, ExitCode>>> = {
  config_invalid: exitCodes.usage,
  confirmation_missing: exitCodes.usage,
  data_folder_locked: exitCodes.busy,
  engine_unreachable: exitCodes.unreachable,
  port_in_use: exitCodes.busy,
  store_timeout: exitCodes.unreachable,
  store_unavailable: exitCodes.unreachable,
};

/** The exit code of a command that threw. */
export function exitCodeOf(error: unknown): ExitCode {
  if (isApiProblem(error)) return error.status === 429 ? exitCodes.busy : exitCodes.failed;
  if (isEngineError(error)) return exitCodeByError[error.code] ?? exitCodes.failed;
  return exitCodes.failed;
}
