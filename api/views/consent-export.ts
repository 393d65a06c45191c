import type { ConsentLedgerEntry } from '../../contracts/read-models/consent-ledger.port.js';

const columns = [
  ...['event_id', 'qontak_customer_id', 'what', 'channel', 'purpose', 'at', 'recorded_at', 'source', 'actor', 'via', 'method'],
  ...['wording_version', 'request_id', 'ip', 'recorded_by', 'evidence', 'reason'],
] as readonly (keyof ConsentLedgerEntry)[]; // all fields of an entry, in the order of the columns

/** The ledger as RFC 4180; what a spreadsheet would take for a formula has a quote before it. */
export function consentCsv(entries: readonly ConsentLedgerEntry[]): string {
  const rows = entries.map((entry) => columns.map((column) => cell(entry[column] ?? '')).join(','));
  return [columns.join(','), ...rows, ''].join('\r\n');
}

/** The ledger with an entry a line. */
export function consentNdjson(entries: readonly ConsentLedgerEntry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

function cell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
