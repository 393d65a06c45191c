import { compile } from 'html-to-text';

/** A message has at most this many characters. */
export const MAX_OUTPUT = 2 * 1024 * 1024;

/** What an HTML message says, as plain text. */
export const htmlToText = compile({
  wordwrap: false,
  limits: { maxInputLength: MAX_OUTPUT, maxDepth: 200 },
  selectors: [
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, ignoreHref: false } },
    { selector: 'img', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
});

const outputs = /\{\{[\s\S]*?\}\}/g;
/** Outputs whose meaning depends on the text around them, whose value is HTML, or that HTML could take apart. */
const unfit = /^\{\{-|-\}\}$|\|\s*raw\b|[<>&]/;

function squeezed(output: string): string {
  return output.replace(/\s+/g, ' ');
}

/**
 * The text part of all messages as one template, which says of each recipient what the HTML says; null where each message's own HTML
 * must be turned into text: with tags the text around depends on the recipient, and not every output survives.
 */
export function textTemplateOf(html: string): string | null {
  const inHtml = html.match(outputs) ?? [];
  if (html.includes('{%') || inHtml.some((output) => unfit.test(output))) return null;
  // A link that shows its own address is not named twice.
  const text = htmlToText(html).replace(/(\{\{[^{}]*\}\}) \[\1\]/g, '$1');
  const known = new Set(inHtml.map(squeezed));
  const areAllKnown = (text.match(outputs) ?? []).every((output) => known.has(squeezed(output)));
  return areAllKnown && !/\{\{|\}\}|\{%/.test(text.replace(outputs, '')) ? text : null;
}

/** A text without the gaps that empty values leave. */
export function withoutGaps(text: string): string {
  return text.replace(/\n{4,}/g, '\n\n\n').trim();
}
