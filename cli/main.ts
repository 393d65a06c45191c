#!/usr/bin/env -S node --max-semi-space-size=24
import { runProgram } from './program.js';

const { argv, env, stdout, stderr } = process;
process.exitCode = await runProgram(argv.slice(2), { env, cwd: process.cwd(), stdout, stderr });
