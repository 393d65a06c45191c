/** An address with the name that is shown for it. */
export interface Mailbox {
  readonly address: string;
  readonly name?: string;
}

// Quoted local parts and address literals are refused: nobody is mailed that way, and they are how headers are broken.
const addressPattern = /^[^\s@<>()[\],:;"\\\p{C}]{1,64}@[^\s@<>()[\],:;"\\\p{C}]{1,253}$/u;

/** Control characters, line ends of every kind among them, become one space: no value can end its header. */
export function flattenHeader(value: string): string {
  return value.replace(/[\s\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

/** Reads `address` or `Name <address>`; null for anything that is not exactly one address. */
export function parseMailbox(text: string): Mailbox | null {
  const flat = flattenHeader(text);
  const match = /^(?:(?<name>[^<>]*)<(?<bracketed>[^<>]+)>|(?<plain>[^<>]+))$/u.exec(flat);
  const address = (match?.groups?.['bracketed'] ?? match?.groups?.['plain'] ?? '').trim();
  if (!addressPattern.test(address)) return null;
  const name = (match?.groups?.['name'] ?? '').trim().replace(/^"(.*)"$/u, '$1');
  return name === '' ? { address } : { address, name };
}

/** A plain address, or null; unlike `parseMailbox` it takes no name. */
export function parseAddress(text: string): string | null {
  return addressPattern.test(text) ? text : null;
}

/** The mailbox as one header value: the name quoted, so that nothing in it is read as an address. */
export function formatMailbox({ address, name }: Mailbox): string {
  return name === undefined ? address : `"${name.replace(/["\\]/gu, '\\$&')}" <${address}>`;
}
