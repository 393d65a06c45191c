import { describeEvent, type EventDescription } from './event-description.js';
import type { EventContract } from './events/event-contract.js';
import { listContracts } from './events/event-contracts.js';

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** The reference of all declared events as the body of an HTML page, without script or style; the same contracts always give the same. */
export function eventsReferenceHtml(): string {
  const contracts = listContracts();
  const open = contracts.filter(({ intake }) => intake);
  const own = contracts.filter(({ intake }) => !intake);
  return [
    '<h1>Events</h1>',
    '<p>Every declared event type. Undeclared properties are kept and count as <code>quasi</code>. The commands can be copied into a shell in which <code>CEBE_URL</code> and <code>CEBE_API_KEY</code> are set.</p>',
    '<p>For programs: <a href="/asyncapi.json">AsyncAPI 3.0</a>, <a href="/openapi.json">OpenAPI 3.1</a>.</p>',
    '<h2>Events that modules push</h2>',
    list(open),
    '<h2>Events that the engine records</h2>',
    list(own),
    ...[...open, ...own].map((contract) => section(describeEvent(contract))),
  ].join('\n');
}

function list(contracts: readonly EventContract[]): string {
  const items = contracts.map(({ type, purpose }) => `<li><a href="#${type}"><code>${type}</code></a>: ${html(purpose)}</li>`);
  return `<ul>\n${items.join('\n')}\n</ul>`;
}

function section({ type, purpose, facts, fields, example }: EventDescription): string {
  const rows = fields.map(
    ({ name, kind, required, pii, about }) =>
      `<tr><td><code>${name}</code></td><td>${html(kind)}</td><td>${required}</td><td>${pii}</td><td>${html(about)}</td></tr>`,
  );
  const head = '<tr><th>field</th><th>type</th><th>required</th><th>PII</th><th>says</th></tr>';
  return [
    `<h3 id="${type}">${type}</h3>`,
    `<p>${html(purpose)}</p>`,
    `<p>${html(facts)}</p>`,
    rows.length === 0 ? '<p>No declared fields.</p>' : `<table>\n${[head, ...rows].join('\n')}\n</table>`,
    `<pre>${escaped(example.text)}</pre>`,
  ].join('\n');
}

/** Text in which words in back quotes are code. */
function html(text: string): string {
  return escaped(text).replace(/`([^`]*)`/g, '<code>$1</code>');
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => escapes[char] ?? char);
}
