import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Channel, OutgoingMessage } from '../../../channels/channel.port.js';
import { openOutbox } from '../../../channels/outbox/outbox.channel.js';
import { decodeFileName, encodeFileName, messageFile, runFolder } from '../../../channels/outbox/outbox-paths.js';
import { deleteOutboxFiles, listOutbox, listOutboxRuns, readOutboxMessage } from '../../../channels/outbox/outbox.reader.js';
import { anOutgoingMessage, lookUpOf } from '../../support/outgoing-message.js';

const at = Date.UTC(2026, 10, 23, 9, 30);
let folder: string;
let opened: Channel[] = [];

async function open(): Promise<Channel> {
  const outbox = await openOutbox({ folder, clock: () => at });
  opened.push(outbox);
  return outbox;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cebe-outbox-'));
});
afterEach(async () => {
  await Promise.all(opened.map((outbox) => outbox.close()));
  opened = [];
  await rm(folder, { recursive: true });
});

function pathOf(message: OutgoingMessage): string {
  return join(runFolder(folder, message.workspace, message.run_id), messageFile(message.customer_id));
}

describe('the outbox', () => {
  it('writes a file that a mail program reads back exactly', async () => {
    const long = `${'A very long line without an end, '.repeat(60)}ende. 😀`;
    const message = anOutgoingMessage({
      subject: 'Jürgen, your 🎁 is here: ' + 'offers '.repeat(30) + '!',
      from: 'Zoë & Söhne, "Ltd" <hello@shop.example>',
      reply_to: 'help@shop.example',
      html: `<p>Grüße 🎉 ${long}</p>\n.\nFrom here on`,
      text: `Grüße 🎉\n${long}\n.\nFrom here on`,
      headers: { 'X-Campaign': 'Frühling' },
    });
    await (await open()).send(message);
    const source = await readFile(pathOf(message));
    const mail = await simpleParser(source);
    expect(mail.subject).toBe(message.subject);
    expect(mail.from?.value).toEqual([{ address: 'hello@shop.example', name: 'Zoë & Söhne, "Ltd"' }]);
    expect(mail.replyTo?.value).toEqual([{ address: 'help@shop.example', name: '' }]);
    expect(mail.html).toContain(long);
    expect(mail.text?.replace(/\s+$/, '')).toBe(message.text);
    expect(mail.date).toEqual(new Date(at));
    expect(mail.messageId).toBe(`<${message.attempt_id}@shop.example>`);
    expect(
      Math.max(
        ...source
          .toString('latin1')
          .split('\r\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(998);
  });

  it('writes both parts even when one is empty', async () => {
    const message = anOutgoingMessage({ text: '', html: '' });
    await (await open()).send(message);
    const mail = await simpleParser(await readFile(pathOf(message)));
    expect([mail.text?.trim(), mail.attachments]).toEqual(['', []]);
    expect(mail.headerLines.find(({ key }) => key === 'content-type')?.line).toContain('multipart/alternative');
  });

  it('lets no subject, name or header value add a header', async () => {
    const outbox = await open();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string(), async (subject, value) => {
        const evil = `${subject}\r\nBcc: victim@mail.example\n\rX-Evil: 1\u2028Bcc: x@y.example ${value}`;
        const message = anOutgoingMessage({
          subject: evil,
          from: `${evil.replace(/[<>]/g, '')} <hello@shop.example>`,
          headers: { 'X-Note': evil, [evil]: 'x' },
        });
        expect((await outbox.send(message)).kind).toBe('sent');
        const mail = await simpleParser(await readFile(pathOf(message)));
        expect(mail.bcc).toBeUndefined();
        expect([mail.to ?? []].flat().map((to) => to.text)).toEqual(['asha@mail.example']);
        const names = mail.headerLines.map(({ key }) => key);
        expect(names).not.toContain('x-evil');
        expect(names).toContain('list-unsubscribe-post');
      }),
      { numRuns: 40 },
    );
  });

  it('sends once for a (run, customer), however many attempts come, and keeps the first', async () => {
    const outbox = await open();
    const first = anOutgoingMessage();
    const second = { ...first, attempt_id: 'another-attempt', text: 'Hello again' };
    const [one, two] = await Promise.all([outbox.send(first), outbox.send(second)]);
    expect(one).toEqual(two);
    expect(await outbox.lookUp(lookUpOf(second))).toEqual(one);
    expect(await readdir(runFolder(folder, first.workspace, first.run_id))).toHaveLength(1);
    expect(await readdir(join(folder, '.tmp'))).toEqual([]);
  });

  it('gives each of many messages at once an outcome of its own', async () => {
    const outbox = await open();
    const good = Array.from({ length: 300 }, () => anOutgoingMessage({ run_id: 'run-1' }));
    const blocked = anOutgoingMessage({ run_id: 'run-2' });
    await mkdir(join(folder, 'main'), { recursive: true });
    await writeFile(join(folder, 'main', 'run-2'), 'a file where the folder should be');
    const messages = [
      ...good.slice(0, 150),
      anOutgoingMessage({ to: 'no address' }),
      blocked,
      ...good.slice(150),
      ...good.slice(0, 1),
    ];
    const outcomes = await Promise.all(messages.map((message) => outbox.send(message)));
    const kinds = outcomes.map((outcome) => (outcome.kind === 'refused' ? outcome.permanence : outcome.kind));
    expect(kinds).toEqual([...good.slice(150).map(() => 'sent'), 'permanent', 'temporary', ...good.slice(149).map(() => 'sent')]);
    expect(outcomes.at(-1)).toEqual(outcomes[0]);
    expect(await readdir(runFolder(folder, 'main', 'run-1'))).toHaveLength(300);
    expect(await readdir(join(folder, '.tmp'))).toEqual([]);
  });

  it('removes what a crash left half-written, and never harms what it left linked', async () => {
    const message = anOutgoingMessage();
    await (await open()).send(message);
    const before = await readFile(pathOf(message));
    await writeFile(join(folder, '.tmp', 'half.eml'), 'half');
    const outbox = await open();
    expect(await readdir(join(folder, '.tmp'))).toEqual([]);
    await outbox.send(message);
    expect(await readFile(pathOf(message))).toEqual(before);
  });

  it('refuses for now, with nothing written, when the disk does', async () => {
    const message = anOutgoingMessage();
    await mkdir(join(folder, message.workspace), { recursive: true });
    await writeFile(join(folder, message.workspace, message.run_id), 'a file where the folder should be');
    const outbox = await open();
    expect(await outbox.send(message)).toMatchObject({
      kind: 'refused',
      permanence: 'temporary',
      code: expect.stringMatching(/^outbox_/),
    });
    expect(await readdir(join(folder, '.tmp'))).toEqual([]);
  });

  it('keeps files to their owner', async () => {
    const message = anOutgoingMessage();
    await (await open()).send(message);
    expect((await stat(pathOf(message))).mode & 0o077).toBe(0);
  });
});

describe('reading the outbox', () => {
  it('lists runs and messages page by page, and opens one', async () => {
    const outbox = await open();
    const run = { workspace: 'main', run_id: 'run-1' };
    for (const customer_id of ['c3', 'c1', 'C2/../ü'])
      await outbox.send(anOutgoingMessage({ ...run, customer_id, subject: `Für ${customer_id}` }));
    expect(await listOutboxRuns(folder, 'main')).toEqual([{ run_id: 'run-1', messages: 3 }]);
    const page = await listOutbox(folder, run, { limit: 2 });
    const rest = await listOutbox(folder, run, { limit: 2, after: page[1]?.name ?? '' });
    expect([...page, ...rest].map(({ customer_id, subject }) => [customer_id, subject])).toEqual(
      expect.arrayContaining([
        ['c1', 'Für c1'],
        ['c3', 'Für c3'],
        ['C2/../ü', 'Für C2/../ü'],
      ]),
    );
    const opened = await readOutboxMessage(folder, run, 'c1');
    expect(opened).toMatchObject({
      customer_id: 'c1',
      to: 'asha@mail.example',
      html: '<p>Hello Asha</p>',
      text: expect.stringContaining('Hello Asha'),
      message_token: 'opaque-token',
      unsubscribe_url: 'https://cebe.example/u/main.token',
      sent_at: '2026-11-23T09:30:00.000Z',
    });
  });

  it('reads back what it wrote just as another mail reader does', async () => {
    const outbox = await open();
    const run = { workspace: 'main', run_id: 'run-1' };
    const text = fc.string({ unit: 'binary', maxLength: 300 }).map((value) => value.replace(/\p{Cc}/gu, '\n'));
    await fc.assert(
      fc.asyncProperty(text, text, text, async (subject, html, plain) => {
        const message = anOutgoingMessage({
          ...run,
          subject,
          html: `<p>${html}</p>`,
          text: `.${plain}.`,
          from: 'Zoë "Q" <hello@shop.example>',
        });
        await outbox.send(message);
        const ours = await readOutboxMessage(folder, run, message.customer_id);
        const theirs = await simpleParser(await readFile(pathOf(message)));
        expect(ours?.subject).toBe(theirs.subject ?? '');
        expect(ours?.html.trimEnd()).toBe((theirs.html || '').trimEnd());
        expect(ours?.html.replace(/\s+/gu, ' ').trim()).toBe(message.html.replace(/\s+/gu, ' ').trim());
        expect(ours?.text.trimEnd()).toBe(theirs.text?.trimEnd());
        expect(ours?.from).toBe('Zoë "Q" <hello@shop.example>');
      }),
      { numRuns: 100 },
    );
  });

  it('finds nothing outside its folder', async () => {
    const run = { workspace: 'main', run_id: 'run-1' };
    expect(await readOutboxMessage(folder, run, '../../secret')).toBeNull();
    expect(await readOutboxMessage(folder, { workspace: '..', run_id: '..' }, 'x')).toBeNull();
    expect(await listOutbox(folder, run, { limit: 10 })).toEqual([]);
    expect(await listOutboxRuns(folder, 'nobody')).toEqual([]);
  });

  it('deletes every file of an erased customer and of nobody else', async () => {
    const outbox = await open();
    const erased = ['r1', 'r2'].map((run_id) => anOutgoingMessage({ run_id, customer_id: 'erased' }));
    for (const message of [anOutgoingMessage(), ...erased]) await outbox.send(message);
    expect(await deleteOutboxFiles(folder, 'main', 'erased')).toBe(2);
    expect(await deleteOutboxFiles(folder, 'main', 'erased')).toBe(0);
    expect((await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.eml'))).toHaveLength(1);
  });
});

describe('file names', () => {
  it('tell all ids apart, also where case does not count, and can be read back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.string({ unit: 'grapheme', maxLength: 80 }), (a, b) => {
        const [one, two] = [encodeFileName(a), encodeFileName(b)];
        expect(one.toLowerCase()).toBe(one);
        expect(one).toMatch(/^[a-z0-9_%~-]{1,200}$/);
        expect(one === two).toBe(a === b);
        if (!one.startsWith('~')) expect(decodeFileName(one)).toBe(a);
      }),
    );
  });
});
