import type { EventContract } from './events/event-contract.js';
import { parseIntake } from './events/intake.js';
import type { JsonObject } from './json.js';
import { changesSince, frozenForm, type FrozenContract } from './frozen-contract.js';
import { wireExample } from './schema-export.js';

/** The texts of the files that are there, by name: `<type>.v<version>.json`, and for events also `<type>.v<version>.<case>.json`. */
export interface FrozenFiles {
  readonly contracts: ReadonlyMap<string, string>;
  readonly events: ReadonlyMap<string, string>;
}

/** What has to be done about frozen files: `broken` by a person, `toWrite` by the script. */
export interface FrozenReview {
  readonly broken: readonly string[];
  readonly toWrite: FrozenFiles;
}

/** Holds today's contracts against what was frozen of them: no published version may change, and each has an event of its own kept for ever. */
export function reviewFrozen(contracts: readonly EventContract[], files: FrozenFiles): FrozenReview {
  const broken: string[] = [];
  const toWrite = { contracts: new Map<string, string>(), events: new Map<string, string>() };
  for (const contract of contracts) {
    const { type, version } = contract;
    for (let older = 1; older < version; older += 1) {
      const file = `${type}.v${older}.json`;
      if (!files.events.has(file))
        broken.push(`${file}: logs hold events of this version, so a frozen one is needed, and there is none`);
    }
    const name = `${type}.v${version}`;
    const text = files.contracts.get(`${name}.json`);
    // What is in the file was written below.
    const changes = text === undefined ? undefined : changesSince(JSON.parse(text) as FrozenContract, contract);
    if (changes !== undefined && changes.breaking.length > 0) broken.push(howToGoOn(contract, changes.breaking));
    else if (changes === undefined || changes.gained.length > 0)
      toWrite.contracts.set(`${name}.json`, fileText(frozenForm(contract)));
    for (const [file, body] of examplesOf(contract)) {
      if (!files.events.has(file)) toWrite.events.set(file, fileText(fixtureOf(contract, body)));
    }
  }
  const today = new Map(contracts.map(({ type, version }) => [type, version]));
  for (const file of files.contracts.keys()) broken.push(...gone(file, today));
  return { broken, toWrite };
}

function gone(file: string, today: ReadonlyMap<string, number>): readonly string[] {
  const [, type = '', version = ''] = /^(.+)\.v(\d+)\.json$/.exec(file) ?? [];
  const current = today.get(type);
  if (current === undefined) return [`${type}: is published and no longer declared; logs hold events of it: bring it back`];
  return Number(version) > current ? [`${type}: version ${version} is published, the contract says ${current}`] : [];
}

function howToGoOn({ type, version }: EventContract, changes: readonly string[]): string {
  return [
    `${type}: version ${version} is published and changed:`,
    ...changes.map((change) => `  - ${change}`),
    `  Undo it; or make it version ${version + 1} with an upcaster from ${version} in contracts/events/upcasters.ts, build, and run`,
    '  `node scripts/generate-reference.mjs`. A new optional field keeps the version: where modules may push the type, as added(…).',
    `  If the version was never released, delete test/fixtures/{contracts,events}/${type}.v${version}.* and run the script.`,
  ].join('\n');
}

/** What the engine records, and what is stored of what a module sends where that is something else. */
function examplesOf(contract: EventContract): readonly (readonly [string, JsonObject])[] {
  const name = `${contract.type}.v${contract.version}`;
  // Examples satisfy their contracts, which declare JSON without nulls; a test holds them to it.
  const own = [`${name}.json`, contract.example as JsonObject] as const;
  if (contract.moduleExample === undefined) return [own];
  const taken = parseIntake(contract.type, wireExample(contract), { looksPersonal: () => false });
  return taken.ok ? [own, [`${name}.module.json`, taken.body]] : [own];
}

function fixtureOf({ type, version, pii }: EventContract, body: JsonObject): JsonObject {
  const part = (...classes: readonly (string | undefined)[]): JsonObject =>
    Object.fromEntries(Object.entries(body).filter(([field]) => classes.includes(pii[field])));
  const parts = { plain: part('none'), direct: part('direct', 'special'), quasi: part('quasi', undefined) };
  return {
    note: `Frozen: ${type} as version ${version} stores it. Never edit; a change here means that old logs cannot be read.`,
    type,
    schema_version: version,
    ...parts,
    expected: parts,
  };
}

function fileText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
