import type { RenderData } from '../renderer.port.js';

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };

/** HTML-escapes a text exactly as the template engine does. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => escapes[char] ?? char);
}

/** What is still to be added to a rendered message. */
interface Additions {
  readonly address: string;
  readonly link: string;
}

function additions(rendered: string, data: RenderData, usesAddress: 'uses_address' | 'no_address'): Additions {
  const shown = rendered.includes(data.unsubscribe_url) || rendered.includes(escapeHtml(data.unsubscribe_url));
  return {
    address: usesAddress === 'uses_address' ? '' : (data.postal_address ?? '').trim(),
    link: shown ? '' : data.unsubscribe_url,
  };
}

/** The HTML with the postal address and the unsubscribe link at its end, where the template itself shows them not. */
export function withHtmlFooter(html: string, data: RenderData, usesAddress: 'uses_address' | 'no_address'): string {
  const { address, link } = additions(html, data, usesAddress);
  const lines = [
    ...(address === '' ? [] : [escapeHtml(address).replace(/\r?\n/g, '<br>')]),
    ...(link === '' ? [] : [`<a href="${escapeHtml(link)}">Unsubscribe</a>`]),
  ];
  if (lines.length === 0) return html;
  const footer = `\n<p style="margin:32px 0 0;font-size:12px;color:#6b6b6b">${lines.join('<br>')}</p>\n`;
  const end = html.toLowerCase().lastIndexOf('</body>');
  return end < 0 ? html + footer : html.slice(0, end) + footer + html.slice(end);
}

/** The same for a text part. */
export function withTextFooter(text: string, data: RenderData, usesAddress: 'uses_address' | 'no_address'): string {
  const { address, link } = additions(text, data, usesAddress);
  const lines = [...(address === '' ? [] : [address]), ...(link === '' ? [] : [`Unsubscribe: ${link}`])];
  return lines.length === 0 ? text : `${text.trimEnd()}\n\n-- \n${lines.join('\n')}\n`;
}
