import { z } from 'zod';
import { EngineError } from '../../contracts/errors.js';
import type { OutboxMail, OutboxPages } from '../outbox.port.js';
import { escapeHtml, sendPage } from '../pages/page.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import type { ApiRoutes } from '../route-config.js';

export interface OutboxRoutesDeps {
  readonly outbox: OutboxPages;
}

/** Everything in the outbox is personal. Browsers ask for the key themselves (Basic). */
const config = { access: 'pii:read', quiet: true } as const;
const ofRun = z.strictObject({ run: z.string().max(128) });
const ofMessage = z.strictObject({ run: z.string().max(128), name: z.string().max(256) });
const PAGE = 100;
/** A page that a link leads to is none of the message's any more, so nothing holds it back. */
const SANDBOX = 'allow-popups allow-popups-to-escape-sandbox';

/** `/outbox`: pages to look at what campaigns would have sent. */
export function outboxRoutes({ outbox }: OutboxRoutesDeps): ApiRoutes {
  return (api) => {
    api.get('/outbox', { config, schema: { hide: true } }, async (request, reply) => {
      const runs = await outbox.runs(principalOf(request).workspace);
      const rows = runs.map(
        ({ run_id, messages }) => `<tr><td><a href="${linkTo(run_id)}">${escapeHtml(run_id)}</a></td><td>${messages}</td></tr>`,
      );
      const table = `<table><tr><th>Run</th><th>Messages</th></tr>${rows.join('')}</table>`;
      return sendPage(reply, { title: 'Outbox', body: `<h1>Outbox</h1>${runs.length === 0 ? '<p>It is empty.</p>' : table}` });
    });
    const querystring = z.strictObject({ after: z.string().max(256).optional() });
    api.get('/outbox/:run', { config, schema: { params: ofRun, querystring, hide: true } }, async (request, reply) => {
      const [{ run }, { after }] = [request.params, request.query];
      const lines = await outbox.list(principalOf(request).workspace, run, {
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      if (lines.length === 0 && after === undefined)
        throw new EngineError('not_found', 'Expected the id of a run that has messages in the outbox, found none with this id.');
      const rows = lines.map(
        ({ name, to, subject, sent_at = '' }) =>
          `<tr><td>${escapeHtml(sent_at)}</td><td>${escapeHtml(to)}</td><td><a href="${linkTo(run, name)}">${escapeHtml(subject)}</a></td></tr>`,
      );
      const last = lines.length === PAGE ? lines.at(-1)?.name : undefined;
      const more = last === undefined ? '' : `<p><a href="${linkTo(run)}?after=${encodeURIComponent(last)}">More</a></p>`;
      const table = `<table><tr><th>Sent</th><th>To</th><th>Subject</th></tr>${rows.join('')}</table>`;
      return sendPage(reply, {
        title: 'Outbox',
        body: `<p><a href="/outbox">Outbox</a></p><h1>${escapeHtml(run)}</h1>${table}${more}`,
      });
    });
    api.get('/outbox/:run/:name', { config, schema: { params: ofMessage, hide: true } }, async (request, reply) => {
      const { run, name } = request.params;
      const mail = found(await outbox.read(principalOf(request).workspace, run, name));
      return sendPage(reply, { title: mail.subject, body: messageBody(mail, run, name) });
    });
    api.get('/outbox/:run/:name/html', { config, schema: { params: ofMessage, hide: true } }, async (request, reply) => {
      const mail = found(await outbox.read(principalOf(request).workspace, request.params.run, request.params.name));
      // What the message brings may show itself, and do nothing; its links open beside it.
      const policy = `sandbox ${SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'`;
      return reply.type('text/html; charset=utf-8').header('content-security-policy', policy).send(opensBeside(mail.html));
    });
  };
}

function linkTo(...parts: readonly string[]): string {
  return ['/outbox', ...parts.map((part) => encodeURIComponent(part))].join('/');
}

function found(mail: OutboxMail | null): OutboxMail {
  if (mail === null) throw new EngineError('not_found', 'Expected a message of the outbox, found none under this name.');
  return mail;
}

/** Behind the doctype, if there is one, without which browsers show a page in the manner of the nineties. */
function opensBeside(html: string): string {
  const before = /<head(?:\s[^>]*)?>/i.exec(html) ?? /^\s*<!doctype[^>]*>/i.exec(html);
  const at = before === null ? 0 : before.index + before[0].length;
  return `${html.slice(0, at)}<base target="_blank">${html.slice(at)}`;
}

function messageBody(mail: OutboxMail, run: string, name: string): string {
  const facts = [
    ['From', mail.from],
    ['To', mail.to],
    ['Sent', mail.sent_at ?? ''],
  ].map(([term = '', value = '']) => `<dt>${term}</dt><dd>${escapeHtml(value)}</dd>`);
  if (mail.unsubscribe_url !== undefined) {
    const url = escapeHtml(mail.unsubscribe_url);
    facts.push(`<dt>Unsubscribe</dt><dd><a href="${url}" target="_blank" rel="noopener">${url}</a></dd>`);
  }
  const headers = mail.headers.map((header) => `${escapeHtml(header.name)}: ${escapeHtml(header.line)}`).join('\n');
  return [
    `<p><a href="${linkTo(run)}">Run</a></p><h1>${escapeHtml(mail.subject)}</h1><dl>${facts.join('')}</dl>`,
    `<iframe title="HTML part" sandbox="${SANDBOX}" src="${linkTo(run, name)}/html"></iframe>`,
    `<h2>Text</h2><pre>${escapeHtml(mail.text)}</pre><details><summary>Headers</summary><pre>${headers}</pre></details>`,
  ].join('');
}
