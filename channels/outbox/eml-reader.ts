/** One header as it stands in the file, unfolded; `name` in lower case. */
export interface EmlHeader {
  readonly name: string;
  readonly line: string;
}

/** A message taken apart. */
export interface Eml {
  readonly headers: readonly EmlHeader[];
  readonly html: string;
  readonly text: string;
}

const CRLF = '\r\n';

function decodeQuotedPrintable(text: string): Buffer {
  const joined = text.replace(/=\r?\n/g, '');
  return Buffer.from(
    joined.replace(/=([0-9A-Fa-f]{2})/g, (_code, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

function decodeBody(encoding: string, body: string): string {
  const kind = encoding.trim().toLowerCase();
  if (kind === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  return (kind === 'quoted-printable' ? decodeQuotedPrintable(body) : Buffer.from(body, 'latin1')).toString('utf8');
}

/** The encoded words of a header value as the text they stand for (UTF-8 only: the outbox writes no other). */
export function decodeWords(value: string): string {
  // A character may be divided between words that follow each other: their bytes are joined first.
  return value.replace(/=\?utf-8\?[bq]\?[^?]*\?=(?:\s+=\?utf-8\?[bq]\?[^?]*\?=)*/gi, (words) => {
    const bytes = [...words.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi)].map(([, encoding = '', text = '']) =>
      encoding.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : decodeQuotedPrintable(text.replaceAll('_', ' ')),
    );
    return Buffer.concat(bytes).toString('utf8');
  });
}

function parseHeaders(head: string): readonly EmlHeader[] {
  const lines = head.replace(/\r\n(?=[ \t])/g, '').split(CRLF);
  return lines
    .filter((line) => line.includes(':'))
    .map((line) => ({
      name: line.slice(0, line.indexOf(':')).toLowerCase(),
      line: line.slice(line.indexOf(':') + 1).trim(),
    }));
}

/** The raw value of a header, or an empty text when it is not there. */
export function headerOf(headers: readonly EmlHeader[], name: string): string {
  return headers.find((header) => header.name === name)?.line ?? '';
}

/** The headers of a message, also of one of which only the beginning was read. */
export function readEmlHeaders(source: Buffer): readonly EmlHeader[] {
  const end = source.indexOf(CRLF + CRLF);
  return parseHeaders(source.toString('latin1', 0, end < 0 ? undefined : end));
}

function splitParts(contentType: string, body: string): readonly string[] {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return [];
  return `${CRLF}${body}`
    .split(`${CRLF}--${boundary}`)
    .slice(1, -1)
    .map((part) => part.slice(CRLF.length));
}

/** Reads a file that `composeEml` wrote: one part, or text and HTML as alternatives. Not a reader for mail of others. Lines end in `\n`. */
export function readEml(source: Buffer): Eml {
  const whole = source.toString('latin1');
  const parts = splitParts(headerOf(readEmlHeaders(source), 'content-type'), whole.slice(whole.indexOf(CRLF + CRLF) + 4));
  const content = { 'text/html': '', 'text/plain': '' };
  for (const part of parts.length === 0 ? [whole] : parts) {
    const end = part.indexOf(CRLF + CRLF);
    const headers = parseHeaders(part.slice(0, end));
    const type = headerOf(headers, 'content-type').startsWith('text/html') ? 'text/html' : 'text/plain';
    const body = decodeBody(headerOf(headers, 'content-transfer-encoding'), part.slice(end + 4));
    content[type] = body.replaceAll(CRLF, '\n');
  }
  return { headers: readEmlHeaders(source), html: content['text/html'], text: content['text/plain'] };
}
