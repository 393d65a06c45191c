import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DockerfileParser, ModifiableInstruction, type Instruction } from 'dockerfile-ast';
import { parse } from 'yaml';
import { z } from 'zod';

const root = resolve(__dirname, '../..');

/** One instruction of a Dockerfile: `json` holds the words of one that is written as a list, which no shell reads; else it is empty. */
export interface ImageStep {
  readonly keyword: string;
  readonly words: readonly string[];
  readonly json: readonly string[];
  readonly flags: Readonly<Record<string, string>>;
}

/** One stage of a Dockerfile; `from` is an image or an earlier stage. */
export interface ImageStage {
  readonly name: string;
  readonly from: string;
  readonly steps: readonly ImageStep[];
  readonly env: Readonly<Record<string, string>>;
}

/** The stages of the Dockerfile, in its order. */
export function readDockerfile(): readonly ImageStage[] {
  const file = DockerfileParser.parse(readFileSync(resolve(root, 'Dockerfile'), 'utf8'));
  const lineOf = (instruction: Instruction): number => instruction.getRange().start.line;
  const instructions = file.getInstructions();
  const beginnings = file.getFROMs();
  return beginnings.map((from, index) => {
    const next = beginnings[index + 1];
    const end = next === undefined ? Infinity : lineOf(next);
    const own = instructions.filter((each) => lineOf(each) > lineOf(from) && lineOf(each) < end);
    const steps = own.map(stepOf);
    const settings = steps.filter(({ keyword }) => keyword === 'ENV').flatMap(({ words }) => words);
    const env = Object.fromEntries(
      settings.map((setting): [string, string] => {
        const at = setting.indexOf('=');
        return [setting.slice(0, at), setting.slice(at + 1)];
      }),
    );
    return { name: from.getBuildStage() ?? '', from: from.getImage() ?? '', steps, env };
  });
}

function stepOf(instruction: Instruction): ImageStep {
  const words = instruction.getArguments().map((word) => word.getValue());
  const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags() : [];
  const list = words.join(' ').replace(/^CMD /, '');
  const json = list.startsWith('[') ? z.array(z.string()).parse(JSON.parse(list)) : [];
  const named = Object.fromEntries(flags.map((flag) => [flag.getName(), flag.getValue() ?? '']));
  return { keyword: instruction.getKeyword(), words, json, flags: named };
}
const duration = z.string().regex(/^\d+s$/);
const service = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.string(), target: z.string() }).optional(),
  platform: z.string().optional(),
  profiles: z.array(z.string()).default([]),
  restart: z.enum(['unless-stopped', 'no']),
  init: z.literal(true),
  read_only: z.literal(true).optional(),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  user: z.string().optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  tmpfs: z.array(z.string()).default([]),
  mem_limit: z.string().regex(/^\d+g$/),
  stop_grace_period: duration.optional(),
  healthcheck: z
    .strictObject({
      test: z.array(z.string()),
      interval: duration,
      timeout: duration,
      retries: z.int(),
      start_period: duration,
      start_interval: duration,
    })
    .optional(),
});
const composeFile = z.strictObject({
  name: z.string(),
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
});

/** What Compose makes of a value with `${NAME:-default}` in it when the variable is not set. */
export function withDefaults(value: string): string {
  return value.replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1');
}

/** The Compose file with its fragments merged in; refuses what is not named above, as Compose refuses slips of the pen. */
export function readComposeFile(): z.infer<typeof composeFile> {
  const text = readFileSync(resolve(root, 'docker-compose.yml'), 'utf8');
  // A YAML file may hold anything; the schema looks at all of it.
  const file = parse(text, { merge: true }) as Readonly<Record<string, unknown>>;
  return composeFile.parse(Object.fromEntries(Object.entries(file).filter(([key]) => !key.startsWith('x-'))));
}
