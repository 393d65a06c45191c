import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { configVariables } from '../../app/config-variables.js';
import { readComposeFile, readDockerfile, withDefaults } from '../support/container-files.js';

const root = resolve(__dirname, '../..');
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const packageJson = z
  .object({ version: z.string(), engines: z.object({ node: z.string() }), scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(textOf('package.json')));

const stages = readDockerfile();
const engine = stages.at(-1) ?? { name: '', from: '', steps: [], env: {} };
const stepsOf = (keyword: string) => stages.flatMap(({ steps }) => steps.filter((step) => step.keyword === keyword));
const { services, volumes } = readComposeFile();
const servers = Object.entries(services).filter(([name]) => name !== 'test');
const known = new Map<string, boolean>(configVariables.map(({ name, secret }) => [name, secret]));

describe('the Dockerfile', () => {
  it('begins every stage with one Node image of a fixed version, or with an earlier stage', () => {
    const names = stages.map(({ name }) => name);
    const images = stages.filter(({ from }, index) => !names.slice(0, index).includes(from)).map(({ from }) => from);
    expect(new Set(images).size).toBe(1);
    expect(images[0]).toMatch(/^node:20\.\d+\.\d+-[a-z]+-slim$/);
    expect(names).toEqual(['base', 'build', 'test', 'packages', 'engine']);
  });

  it('installs exactly what the lockfile says, and gives the engine no development packages', () => {
    const installs = stepsOf('RUN').filter(({ json }) => json[0] === 'npm' && json[1] !== 'run');
    expect(installs.map(({ json }) => json[1])).toEqual(['ci', 'ci']);
    expect(stages.find(({ name }) => name === 'packages')?.steps.at(-1)?.json).toContain('--omit=dev');
    const packages = engine.steps.find(({ words }) => words[0] === '/cebe/node_modules');
    expect(packages?.flags).toEqual({ from: 'packages' });
  });

  it('runs no script that package.json does not have', () => {
    const run = [...stepsOf('RUN'), ...stepsOf('CMD')].filter(({ json }) => json[0] === 'npm' && json[1] === 'run');
    expect(run.map(({ json }) => json[2])).toEqual(['build', 'test:servers']);
    expect(run.filter(({ json }) => packageJson.scripts[json[2] ?? ''] === undefined)).toEqual([]);
  });

  it('copies only what is there', () => {
    const sources = stepsOf('COPY').flatMap(({ words }) => words.slice(0, -1).map((path) => path.replace('/cebe/', '')));
    expect(sources.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    const ignored = textOf('.dockerignore').trim().split('\n');
    // Made within the image, never taken from outside.
    const made = ['dist', 'node_modules'];
    expect(sources.filter((path) => !made.includes(path) && ignored.includes(path))).toEqual([]);
    for (const path of ['.git', '**/node_modules', 'dist', 'data', '**/.env*', '**/*.key']) expect(ignored).toContain(path);
  });

  it('runs as a user without rights, writes to one volume, and names no variable that the engine does not read', () => {
    expect(engine.steps.findLast(({ keyword }) => keyword === 'USER')?.words).toEqual(['node']);
    expect(engine.steps.find(({ keyword }) => keyword === 'VOLUME')?.words).toEqual([engine.env['CEBE_DATA_DIR']]);
    expect(engine.steps.find(({ keyword }) => keyword === 'EXPOSE')?.words).toEqual([engine.env['CEBE_PORT']]);
    expect(Object.keys(engine.env).filter((name) => name !== 'NODE_ENV' && !known.has(name))).toEqual([]);
    expect(engine.env['CEBE_HOST']).toBe('0.0.0.0');
  });

  it('starts the program as the command itself does', () => {
    const entrypoint = engine.steps.find(({ keyword }) => keyword === 'ENTRYPOINT')?.json ?? [];
    const [interpreter = ''] = textOf('cli/main.ts').split('\n');
    expect(interpreter).toBe(`#!/usr/bin/env -S ${entrypoint.slice(0, -1).join(' ')}`);
    expect(entrypoint.at(-1)).toBe('dist/cli/main.js');
  });
});

describe('the Compose file', () => {
  it('fixes the version of every image', () => {
    for (const [name, { image, build }] of Object.entries(services)) {
      if (build === undefined) expect([name, image]).toEqual([name, expect.stringMatching(/^[a-z/]+:\d+\.\d+\.\d+/)]);
      else expect([name, image.split(':')[1]]).toEqual([name, packageJson.version]);
    }
    expect(services['eventstoredb']?.image).toMatch(/:24\./);
    expect(services['mongodb']?.image).toMatch(/:8\./);
  });

  it('builds stages that the Dockerfile has', () => {
    const targets = Object.values(services).flatMap(({ build }) => (build === undefined ? [] : [build.target]));
    expect(targets).toEqual(['engine', 'test']);
    expect(targets.filter((target) => !stages.some(({ name }) => name === target))).toEqual([]);
  });

  it('opens ports to this machine only, each once', () => {
    const ports = Object.values(services).flatMap((service) => service.ports);
    expect(ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
    expect(new Set(ports.map((port) => port.split(':')[1])).size).toBe(ports.length);
    expect(services['cebe']?.ports.map((port) => port.split(':')[2])).toEqual([engine.env['CEBE_PORT']]);
  });

  it('watches, limits and restarts every server', () => {
    for (const [name, { healthcheck, profiles, restart, stop_grace_period: grace }] of servers) {
      expect([name, healthcheck === undefined, grace === undefined]).toEqual([name, false, false]);
      expect([name, restart]).toEqual([name, profiles.includes('test') ? 'no' : 'unless-stopped']);
    }
    expect(services['cebe']?.read_only).toBe(true);
    expect(services['cebe']?.tmpfs).toEqual(['/tmp']);
  });

  it('waits for services that it has, and keeps the data of each in a volume of its own', () => {
    for (const { depends_on: awaited } of Object.values(services)) {
      for (const name of Object.keys(awaited)) expect(services[name]?.healthcheck).toBeDefined();
    }
    const mounts = Object.values(services).flatMap((service) => service.volumes.map((volume) => volume.split(':', 1)[0] ?? ''));
    expect(mounts.toSorted()).toEqual(Object.keys(volumes).toSorted());
    expect(services['cebe']?.volumes).toEqual([`cebe:${engine.env['CEBE_DATA_DIR'] ?? ''}`]);
  });

  it('gives the engine variables that it reads, and no secret', () => {
    const environment = services['cebe']?.environment ?? {};
    expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
    for (const [name, value] of Object.entries(environment)) {
      if (!['EVENTSTORE_URL', 'MONGODB_URL'].includes(name)) expect(value).toBe(`\${${name}:-}`);
    }
    const everything = Object.values(services).flatMap((service) => Object.entries(service.environment));
    expect(everything.filter(([, value]) => /:\/\/[^/]*@/.test(value))).toEqual([]);
    expect(everything.filter(([name, value]) => /KEY|PASS|SECRET|TOKEN/.test(name) && withDefaults(value) !== '')).toEqual([]);
  });

  it.each([
    ['cebe', 'EVENTSTORE_URL', 'MONGODB_URL'],
    ['test', 'TEST_EVENTSTORE_URL', 'TEST_MONGODB_URL'],
  ])('points %s to servers that it waits for, at the ports that they listen on', (name, log, documents) => {
    const { environment = {}, depends_on: awaited = {} } = services[name] ?? {};
    const [logUrl, documentsUrl] = [new URL(environment[log] ?? ''), new URL(environment[documents] ?? '')];
    expect([logUrl, documentsUrl].map(({ hostname }) => hostname)).toEqual(Object.keys(awaited));
    for (const { hostname, port } of [logUrl, documentsUrl]) {
      expect(services[hostname]?.ports.map((published) => published.split(':')[2])).toEqual([port]);
    }
    const command = services[documentsUrl.hostname]?.command ?? [];
    expect(command[command.indexOf('--replSet') + 1]).toBe(documentsUrl.searchParams.get('replicaSet'));
    expect(logUrl.searchParams.get('tls')).toBe('false');
    expect(services[logUrl.hostname]?.environment['EVENTSTORE_INSECURE']).toBe('true');
  });

  it('runs the suites with the variables that they look for', () => {
    const suites = readdirSync(join(root, 'test/contract')).filter((file) => file.endsWith('.test.ts'));
    const texts = suites.map((file) => textOf(join('test/contract', file))).join('\n');
    const read = new Set([...texts.matchAll(/process\.env(?:\.|\[')(TEST_[A-Z_]+)/g)].map(([, name]) => name));
    expect([...read].toSorted()).toEqual(Object.keys(services['test']?.environment ?? {}).toSorted());
  });

  it('has every service and profile that the documentation names', () => {
    const pages = [
      'README.md',
      'test/README.md',
      'docs/how-to/run-on-servers.md',
      'docs/decisions/0023-containers-without-an-engine.md',
    ];
    const text = [...pages, 'docker-compose.yml'].map(textOf).join('\n');
    const commands = [...text.matchAll(/docker compose ((?:--profile \w+ )?(?:up|run|exec|rm|logs|down)\b[^`\n]*)/g)].map(
      ([, line = '']) => line.trim().split(' '),
    );
    const named = commands.flatMap(([first = '', ...words]) => {
      const [profile, rest] = first === '--profile' ? [words[0], words.slice(2)] : [undefined, words];
      const names = rest.filter((word) => !word.startsWith('-'));
      return [{ profile, services: first === 'exec' ? names.slice(0, 1) : names }];
    });
    const profiles = new Set(Object.values(services).flatMap((service) => service.profiles));
    expect(named.filter(({ profile }) => profile !== undefined && !profiles.has(profile))).toEqual([]);
    expect(named.flatMap((each) => each.services).filter((name) => services[name] === undefined)).toEqual([]);
    expect(named.length).toBeGreaterThan(8);
  });

  it.each(['mongodb', 'test-mongodb'])(
    'makes %s a replica set at the first check, and calls it healthy once it takes writes',
    (name) => {
      const script = services[name]?.healthcheck?.test.at(-1) ?? '';
      expect(services[name]?.healthcheck?.test.slice(0, -1)).toEqual(['CMD', 'mongosh', '--quiet', '--norc', '--eval']);
      const server = { made: [] as unknown[], setName: undefined as string | undefined, isWritablePrimary: false };
      const check = (): number => {
        const ended = { code: 0 };
        const context = createContext({
          db: { hello: () => ({ ...server }) },
          rs: {
            initiate: (configuration: unknown) => {
              server.made.push(structuredClone(configuration));
              server.setName = 'rs0';
            },
          },
          quit: (code: number) => (ended.code = code),
        });
        runInContext(script, context);
        return ended.code;
      };
      expect(check()).toBe(1);
      expect(server.made).toEqual([{ _id: 'rs0', members: [{ _id: 0, host: `${name}:27017` }] }]);
      expect(check()).toBe(1);
      server.isWritablePrimary = true;
      expect(check()).toBe(0);
      expect(server.made).toHaveLength(1);
    },
  );
});
