import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readEngineFile, writeEngineFile } from '../../app/engine-file.js';
import { createHttpClient } from '../../cli/http-client.js';
import { createOutput } from '../../cli/output.js';
import { paceOf } from '../../cli/progress-bar.js';
import { openApiUnderTest, TEST_KEY, type ApiUnderTest } from '../support/api.js';
import { collector, runCommand } from '../support/command-line.js';
import { exampleRoutes } from '../support/example-routes.js';

describe('the command line', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cebe-cli-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('answers help with 0 and a wrong use with 2', async () => {
    const help = await runCommand(['--help'], {}, folder);
    expect(help).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Usage: cebe') });
    expect(await runCommand(['no-such-command'], {}, folder)).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await runCommand(['doctor', '--no-such-option'], {}, folder)).toMatchObject({ exitCode: 2, stdout: '' });
  });

  it('does not start with a wrong configuration, and says all that is wrong', async () => {
    const run = await runCommand(['start'], { CEBE_PORT: 'x', CEBE_HOST: '?' }, folder);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(/CEBE_PORT.*\n.*CEBE_HOST|CEBE_HOST.*\n.*CEBE_PORT/);
  });

  it('says that the port is taken, and keeps the first key for a start that can show it', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo; // a TCP server that listens has an AddressInfo
    const env = { CEBE_DATA_DIR: join(folder, 'data'), CEBE_LOG_LEVEL: 'silent' };
    const taken = await runCommand(['start', '--empty'], { ...env, CEBE_PORT: String(port) }, folder);
    other.close();
    const said = `Expected port ${port} of 127.0.0.1 to be free, found it in use; CEBE_PORT chooses another (port_in_use)`;
    expect(taken).toEqual({ exitCode: 5, stdout: '', stderr: `cebe: ${said}\n` });
    const next = await runCommand(['keys', 'list'], env, folder);
    expect(next.stderr).toContain("owner's key, shown only now: cebe_");
  });

  it.each([['customer', 'show', '00001'], ['keys', 'list'], ['projection', 'list'], ['tail']])(
    'makes no data folder for a command that only asks: %s %s',
    async (...args) => {
      const dataDir = join(folder, 'slip');
      const run = await runCommand(args, { CEBE_DATA_DIR: dataDir }, folder);
      expect(run).toMatchObject({ exitCode: 4, stdout: '', stderr: expect.stringContaining(dataDir) });
      expect(existsSync(dataDir)).toBe(false);
    },
  );

  it('finds what is wrong: exit code 3, as data', async () => {
    const fine = await runCommand(['doctor'], {}, folder);
    expect(fine).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('CEBE_DATA_DIR') });
    const wrong = await runCommand(['doctor', '--json'], { CEBE_PORT: 'x' }, folder);
    expect(wrong.exitCode).toBe(3);
    expect(JSON.parse(wrong.stdout)).toMatchObject({ checks: [{ name: 'configuration', state: 'problem' }] });
  });

  it('finds an engine that does not answer, or is not ready, and says what it says', async () => {
    let body: object = { status: 'ready', checks: [{ name: 'stores', ok: true }] };
    const server = createHttpServer((_request, response) => response.end(JSON.stringify(body))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // a TCP server that listens has an AddressInfo
    await writeEngineFile(folder, { pid: process.pid, host: '127.0.0.1', port, token: 't', version: '1' });
    const doctor = () => runCommand(['doctor'], { CEBE_DATA_DIR: folder }, folder);
    expect((await doctor()).exitCode).toBe(0);
    const detail = 'log fails since 2026-11-22T10:00:00.000Z';
    body = { status: 'not_ready', checks: [{ name: 'stores', ok: false, detail }] };
    expect(await doctor()).toMatchObject({ exitCode: 3, stdout: expect.stringContaining(`engine: stores: ${detail}`) });
    server.close();
    server.closeAllConnections();
    expect(await doctor()).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('found none') });
  });

  it('finds secrets that others may read', async () => {
    await writeEngineFile(folder, { pid: process.pid, host: '127.0.0.1', port: 4000, token: 't', version: '1' });
    expect(statSync(join(folder, 'engine.json')).mode & 0o777).toBe(0o600);
    writeFileSync(join(folder, 'vault.key'), 'k', { mode: 0o644 });
    const run = await runCommand(['doctor'], { CEBE_DATA_DIR: folder }, folder);
    expect(run).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('chmod 600') });
  });

  it('takes no notice of an engine file whose process is gone, or that is damaged', async () => {
    await writeEngineFile(folder, { pid: 2 ** 22 + 1, host: '127.0.0.1', port: 4000, token: 't', version: '1' });
    expect(await readEngineFile(folder)).toBeNull();
    writeFileSync(join(folder, 'engine.json'), '{"pid":');
    expect(await readEngineFile(folder)).toBeNull();
  });

  it('exports a JSON Schema of each event type', async () => {
    const run = await runCommand(['schema', 'export', '--json'], {}, folder);
    const { bodies } = z
      .object({ bodies: z.record(z.string(), z.looseObject({ type: z.string() })) })
      .parse(JSON.parse(run.stdout));
    expect(bodies.order_created).toMatchObject({ type: 'object', required: expect.arrayContaining(['amount', 'currency']) });
    const written = await runCommand(['schema', 'export', '--out', 'schemas'], {}, folder);
    expect(written).toMatchObject({ exitCode: 0, stdout: '' });
    expect(statSync(join(folder, 'schemas', 'segment_rule.schema.json')).isFile()).toBe(true);
  });

  it('shows rows as a table that outside text cannot break, or as one line of JSON each', () => {
    const [text, json] = [collector(), collector()];
    const rows = [
      { name: 'a\u001b[2J\nb', n: 5 },
      { name: 'long name', n: 12345 },
    ];
    const columns = [
      { heading: 'NAME', cell: (row: { name: string }) => row.name },
      { heading: 'N', cell: (row: { n: number }) => row.n, align: 'right' as const },
    ];
    createOutput('text', { stdout: text.stream, stderr: text.stream }).table(rows, columns);
    createOutput('json', { stdout: json.stream, stderr: json.stream }).table(rows, columns);
    expect(text.text()).toBe('NAME           N\na [2J b        5\nlong name  12345\n');
    expect(
      json
        .text()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(rows);
  });

  it('tells how fast a job goes and how long it will take', () => {
    expect(paceOf(0, 10, 0)).toEqual({ rate: '…', left: '…' });
    expect(paceOf(20_000, 100_000, 2000)).toEqual({ rate: '10,000', left: '8 s' });
    expect(paceOf(1, 3601, 1000)).toEqual({ rate: '1', left: '1 h 0 min' });
  });
});

describe('the HTTP client of commands', () => {
  let open: ApiUnderTest;
  let url: string;
  beforeEach(async () => {
    open = await openApiUnderTest({ routes: [exampleRoutes] });
    url = await open.api.listen({ host: '127.0.0.1', port: 0 });
  });
  afterEach(() => open.api.close());

  it('answers what the schema expects, and throws the problem of the engine otherwise', async () => {
    const client = createHttpClient(url, TEST_KEY);
    const list = z.object({ data: z.array(z.object({ id: z.string() })) });
    expect(await client.request('GET', '/v1/things', list, { query: { limit: 5, cursor: undefined } })).toEqual({
      data: [{ id: 't1' }],
    });
    await expect(client.request('GET', '/v1/things', list, { query: { limit: 0 } })).rejects.toMatchObject({
      name: 'ApiProblem',
      status: 400,
      code: 'invalid_input',
      places: [{ pointer: '/limit' }],
    });
    await expect(client.request('POST', '/v1/fails/x', list, { body: {} })).rejects.toMatchObject({
      status: 429,
      retryAfterS: 3,
    });
    await expect(client.request('GET', '/v1/things', z.object({ other: z.string() }))).rejects.toMatchObject({
      code: 'internal',
    });
  });

  it('says that no engine answers', async () => {
    await open.api.close();
    await expect(createHttpClient(url, TEST_KEY).request('GET', '/livez', z.unknown())).rejects.toMatchObject({
      code: 'engine_unreachable',
    });
  });
});
