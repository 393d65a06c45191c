import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileTemplate, renderCompiled } from '../../../channels/rendering/liquid/compiled-template.js';
import { htmlToText, textTemplateOf } from '../../../channels/rendering/liquid/plain-text.js';

const unsubscribe_url = 'https://cebe.example/u/token';
const squeezed = (text: string): string => text.replace(/\s+/g, ' ').trim();

function rendered(html: string, fields: Record<string, string>): { readonly html: string; readonly text: string } {
  const compiled = compileTemplate({ subject: 'Hi', html });
  if (!('parts' in compiled)) throw new Error(`expected a template, found ${JSON.stringify(compiled)}`);
  const outcome = renderCompiled(compiled, { fields, unsubscribe_url });
  if (!outcome.ok) throw new Error(outcome.failure.detail);
  return outcome.message;
}

describe('the text part that is made from the HTML', () => {
  it('says for each recipient what the HTML says, made once for all of them', () => {
    const pieces = fc.constantFrom(
      '<h1>{{ a }}</h1>',
      '<p>For {{ a | default: "you" }} &amp; {{ b }}:</p>',
      '<table><tr><td>{{ b | upcase }}</td><td>fixed</td></tr></table>',
      '<a href="https://shop.example/{{ c }}">look</a>',
      '<a href="{{ c }}">{{ c }}</a>',
      '<ul><li>{{ a }}</li><li>{{ b }}</li></ul>',
      '<img src="{{ c }}" alt="{{ a }}"><br>',
      '<style>p { color: {{ c }} }</style>',
    );
    const value = fc.stringMatching(/^[A-Za-z0-9<>&"'é]{1,12}$/);
    const link = `<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>`;
    fc.assert(
      fc.property(fc.array(pieces, { minLength: 1, maxLength: 6 }), value, value, value, (html, a, b, c) => {
        const source = html.join('') + link;
        expect(textTemplateOf(source)).not.toBeNull();
        const message = rendered(source, { a, b, c });
        expect(squeezed(message.text)).toBe(squeezed(htmlToText(message.html)));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a tag', '<p>Hi</p>{% if a %}<p>{{ a }}</p>{% endif %}<p>Bye</p>'],
    ['a value that is HTML', '<p>{{ a | raw }}</p>'],
    ['white space that an output takes away', '<p>one</p>{{- a -}}<p>two</p>'],
    ['an output that HTML takes apart', '<a href={{ a }}>x</a>'],
    ['braces that are no output in the HTML', '<p>&#123;&#123; a }}</p>'],
  ])('is made from each message where there is %s', (_what, html) => {
    expect(textTemplateOf(html)).toBeNull();
    const message = rendered(`${html}{{ unsubscribe_url }}`, { a: 'you' });
    expect(message.text.trim()).toBe(htmlToText(message.html).trim());
  });

  it('has no gaps where values are missing', () => {
    expect(rendered('<p>Hi</p><p>{{ a }}</p><p>{{ b }}</p><p>Bye {{ unsubscribe_url }}</p>', {}).text).not.toMatch(/\n{4}/);
  });
});
