import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { configVariables } from '../../app/config-variables.js';
import { roles, scopes } from '../../contracts/access.js';
import type { CommandContext } from '../../cli/command-context.js';
import { commandsFor } from '../../cli/commands/index.js';

const root = resolve(__dirname, '../..');
const pages = ['README.md', ...markdownBelow('docs')].map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

function markdownBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return markdownBelow(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const fence = /^```.*?^```/gms;
const prose = (text: string): string => text.replace(fence, '');

function linksOf(text: string): readonly string[] {
  const inline = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)];
  const definitions = [...prose(text).matchAll(/^\[[^\]]+\]:\s+(\S+)/gm)];
  return [...inline, ...definitions].flatMap(([, target]) => (target === undefined ? [] : [target]));
}

/** The anchors that headings get where the pages are shown. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...prose(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading);
  const slug = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
  return new Set(headings.map(slug));
}

function brokenLinks({ path, text }: { readonly path: string; readonly text: string }): readonly string[] {
  return linksOf(text).flatMap((link) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [target = '', anchor] = link.split('#', 2);
    const file = target === '' ? join(root, path) : resolve(root, dirname(path), target);
    if (!existsSync(file)) return [`${path}: ${link}`];
    if (anchor === undefined || !file.endsWith('.md')) return [];
    return anchorsOf(readFileSync(file, 'utf8')).has(anchor) ? [] : [`${path}: ${link}`];
  });
}

/** What stands behind `cebe` in examples and in code within sentences, a line each. */
function commandLinesOf(text: string): readonly string[] {
  const examples = [...text.matchAll(fence)].flatMap(([block]) => block.split('\n'));
  const inSentences = [...prose(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...examples, ...inSentences].flatMap((line) => {
    const found = /^(?:.*\| )?(?:\$ )?(?:npx |docker compose exec cebe )?cebe ([a-z-].*)$/.exec(line.trim());
    return found?.[1] === undefined ? [] : [found[1].replace(/\s#.*$/, '')];
  });
}

/** The command line of the program; its actions are never run. */
async function program(): Promise<Command> {
  const cebe = new Command('cebe').option('--json').option('-V, --version').option('-h, --help');
  const unused = (): never => {
    throw new Error('no command is run here');
  };
  const output = { json: false, interactive: false, data: unused, table: unused, note: unused, progress: unused };
  const context: CommandContext = { env: {}, cwd: root, output, interruption: unused, config: unused, withEngine: unused };
  for (const addCommand of await commandsFor([])) addCommand(cebe, context, unused);
  return cebe;
}

/** What the program would not understand of a command line; null when it understands it. */
function misunderstood(cebe: Command, line: string): string | null {
  const words = line.split(/\s+/);
  let command = cebe;
  for (const word of words) {
    const next = command.commands.find((known) => known.name() === word);
    if (next === undefined) break;
    command = next;
  }
  if (command === cebe && !line.startsWith('-')) return line;
  // A group does nothing by itself, but may be named.
  const argument = words[depthOf(command)];
  if (command.commands.length > 0 && argument !== undefined && !argument.startsWith('-')) return line;
  const options = new Set([...command.options, ...cebe.options].flatMap(({ long, short }) => [long, short]));
  const unknown = words.filter((word) => /^--?[a-z]/.test(word)).find((word) => !options.has(word.split('=', 1)[0]));
  return unknown === undefined ? null : `${line} (${unknown})`;
}

function depthOf(command: Command): number {
  return command.parent === null ? 0 : depthOf(command.parent) + 1;
}

describe('the documentation', () => {
  it('has no link that leads nowhere', () => {
    expect(pages.flatMap(brokenLinks)).toEqual([]);
  });

  it('is reached from its index', () => {
    const index = pages.find(({ path }) => path === join('docs', 'README.md'));
    const linked = new Set(linksOf(index?.text ?? '').map((link) => resolve(root, 'docs', link)));
    const listed = pages.map(({ path }) => path).filter((path) => /^docs.(?:tutorial|how-to|reference|explanation)/.test(path));
    expect(listed.filter((path) => !linked.has(join(root, path)))).toEqual([]);
  });

  it('names no command or option that the program does not have', async () => {
    const cebe = await program();
    const lines = pages.flatMap(({ path, text }) => commandLinesOf(text).map((line) => ({ path, line })));
    const wrong = lines.flatMap(({ path, line }) => {
      const what = misunderstood(cebe, line);
      return what === null ? [] : [`${path}: cebe ${what}`];
    });
    expect(wrong).toEqual([]);
    expect(lines.length).toBeGreaterThan(20);
  });

  it('lists every command of the program', async () => {
    const page = readFileSync(join(root, 'docs/reference/cli.md'), 'utf8');
    const leaves = (command: Command, name: string): readonly string[] =>
      command.commands.length === 0 ? [name] : command.commands.flatMap((inner) => leaves(inner, `${name} ${inner.name()}`));
    expect(leaves(await program(), 'cebe').filter((name) => !page.includes(`\`${name}`))).toEqual([]);
  });

  it('lists the variables that the engine reads, and no others', () => {
    const page = readFileSync(join(root, 'docs/reference/configuration.md'), 'utf8');
    const listed = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name);
    expect(listed.toSorted()).toEqual(configVariables.map(({ name }) => name).toSorted());
    const named = pages.flatMap(({ text }) => [...text.matchAll(/\b(?:CEBE|MAILGUN|EVENTSTORE|MONGODB)_[A-Z_]+\b/g)]);
    const known = new Set<string>(configVariables.map(({ name }) => name));
    expect(named.map(([name]) => name).filter((name) => !known.has(name))).toEqual([]);
  });

  it('lists roles and scopes as they are', () => {
    const page = readFileSync(join(root, 'docs/reference/roles-and-scopes.md'), 'utf8');
    const codesIn = (text: string): readonly string[] => [...text.matchAll(/`([a-z_]+:[a-z]+)`/g)].map(([, code = '']) => code);
    const [scopeTable = '', roleTable = ''] = page.split('| role | scopes |');
    expect(new Set(codesIn(scopeTable))).toEqual(new Set<string>(scopes));
    for (const [role, own] of Object.entries(roles)) {
      const row = roleTable.split('\n').find((line) => line.split('|')[1]?.includes(`\`${role}\``) === true);
      if (row?.includes('| all |') === true) expect([...own].toSorted()).toEqual([...scopes].toSorted());
      else expect(codesIn(row ?? '').toSorted()).toEqual([...own].toSorted());
    }
  });

  it('speaks of relative places only', () => {
    const absolute = pages.filter(({ text }) => /(?:^|[\s`"'(])\/(?:work|tmp|home|root)\//.test(text));
    expect(absolute.map(({ path }) => relative('.', path))).toEqual([]);
  });
});
