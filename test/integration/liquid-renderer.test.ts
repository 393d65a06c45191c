import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openLiquidRenderer } from '../../channels/rendering/liquid/liquid.renderer.js';
import type { RenderData, RenderedMessage, Renderer, TemplateSource } from '../../channels/rendering/renderer.port.js';
import { isEngineError } from '../../contracts/errors.js';

const url = 'https://cebe.example/u/main.token?a=1&b=2';
const asha: RenderData = { fields: { first_name: 'Asha', city: 'Mumbai' }, unsubscribe_url: url };
/** Busy for as long as it is let. */
const endless = '{% for i in (1..90000) %}{% for j in (1..90000) %}{% endfor %}{% endfor %}';

function template(html: string, over: Partial<TemplateSource> = {}): TemplateSource {
  return { subject: 'Hello', html, ...over };
}

/** Renders what is fine, and again where the machine has too much else to do for the limit. */
async function renderFine(by: Renderer): Promise<RenderedMessage> {
  for (;;) {
    try {
      return await by.render(template('fine'), asha);
    } catch (error) {
      if (!isEngineError(error, 'template_timeout')) throw error;
    }
  }
}

let renderer: Renderer;
/** Its limit is shorter than the engine's own of 800 ms, so that the worker itself is killed. */
let impatient: Renderer;
beforeAll(() => {
  renderer = openLiquidRenderer();
  impatient = openLiquidRenderer({ timeLimitMs: 700 });
});
afterAll(async () => {
  await renderer.close();
  await impatient.close();
});

describe('rendering a message', () => {
  it('fills every part and escapes values in HTML only', async () => {
    const source = {
      subject: '{{ name }} & co',
      html: '<p>{{ name }}</p>{{ unsubscribe_url }}',
      text: '{{ name }}{{ unsubscribe_url }}',
    };
    const data = { fields: { name: '<b>"A" & B</b>' }, unsubscribe_url: url };
    expect(await renderer.render(source, data)).toEqual({
      subject: '<b>"A" & B</b> & co',
      html: '<p>&lt;b&gt;&#34;A&#34; &amp; B&lt;/b&gt;</p>https://cebe.example/u/main.token?a=1&amp;b=2',
      text: `<b>"A" & B</b>${url}`,
      missing: [],
    });
  });

  it('uses fallbacks, and reports required fields that the recipient has not', async () => {
    const source = template(
      'Hi {{ first_name | default: "there" }}, {{ city }}{{ order.total }}{% if vip %}{{ vip }}{% endif %}',
    );
    const { html, missing } = await renderer.render(source, { fields: { city: '' }, unsubscribe_url: url });
    expect(html).toContain('Hi there, ');
    expect(missing).toEqual(['city', 'order.total']);
  });

  it('makes the text part from the HTML', async () => {
    const { text } = await renderer.render(
      template('<h1>Sale</h1><p>For Tom &amp; you: <a href="https://shop.example/x">look</a></p>'),
      asha,
    );
    expect(text).toBe(`Sale\n\nFor Tom & you: look [https://shop.example/x]\n\n-- \nUnsubscribe: ${url}\n`);
  });

  it('adds the unsubscribe link and the postal address at the end where the template shows them not', async () => {
    const data = { ...asha, postal_address: 'Street <1>\nTown' };
    const source = template('<html><BODY>Hi</BODY></html>', { text: 'Hi' });
    const { html, text } = await renderer.render(source, data);
    expect(html).toMatch(
      /Hi\s*<p[^>]*>Street &lt;1&gt;<br>Town<br><a href="https:\/\/cebe\.example\/u\/main\.token\?a=1&amp;b=2">Unsubscribe<\/a><\/p>\s*<\/BODY>/,
    );
    expect(text).toBe(`Hi\n\n-- \nStreet <1>\nTown\nUnsubscribe: ${url}\n`);
  });

  it('adds nothing that the template shows, and adds what it only pretends to show', async () => {
    const data = { ...asha, postal_address: 'Street 1' };
    const shown = await renderer.render(template('<a href="{{ unsubscribe_url }}">out</a> {{ postal_address }}'), data);
    expect(shown.html).toBe('<a href="https://cebe.example/u/main.token?a=1&amp;b=2">out</a> Street 1');
    const hidden = await renderer.render(template('{% if false %}{{ unsubscribe_url }}{% endif %}'), asha);
    expect(hidden.html).toContain('>Unsubscribe</a>');
  });

  it('keeps the subject on one line and leaves links alone', async () => {
    const link = '<a href="https://shop.example/?q=1&r=2">x</a>';
    const { subject, html } = await renderer.render(template(link, { subject: 'a\r\nBcc: {{ first_name }}\n' }), asha);
    expect(subject).toBe('a Bcc: Asha');
    expect(html).toContain(link);
  });

  it('reaches no prototype, no file and no other template', async () => {
    const { html } = await renderer.render(template('[{{ constructor }}{{ first_name.constructor }}{{ __proto__ }}]'), asha);
    expect(html).toContain('[]');
    for (const tag of ['include', 'render', 'layout']) {
      expect(await renderer.parseTemplate(template(`{% ${tag} "/etc/passwd" %}`))).toMatchObject({ ok: false });
    }
  });
});

describe('parsing a template', () => {
  it('names every problem with part, line and column', async () => {
    const check = await renderer.parseTemplate({ subject: '{{ name', html: 'Hi\n  {{ name | foo }}', text: '{% if x %}' });
    expect(check).toEqual({
      ok: false,
      problems: [
        { part: 'subject', line: 1, column: 1, detail: 'output "{{ name" not closed' },
        { part: 'html', line: 2, column: 3, detail: 'undefined filter: foo' },
        { part: 'text', line: 1, column: 1, detail: 'tag {% if x %} not closed' },
      ],
    });
  });

  it('lists the fields it asks of a recipient, and not its own variables', async () => {
    const check = await renderer.parseTemplate({
      subject: 'Hi {{ first_name | default: "there" }}',
      html: '{% assign sum = order.total %}{{ sum }}\n{% if vip %}{{ vip.level }}{% endif %}{% for p in products %}{{ p.name }}{% endfor %}{{ vip }} {{ list[0].a }}',
    });
    expect(check.ok && check.fields.map(({ path, need, part, line }) => [path, need, part, line])).toEqual([
      ['first_name', 'optional', 'subject', 1],
      ['order.total', 'required', 'html', 1],
      ['vip', 'optional', 'html', 2],
      ['vip.level', 'required', 'html', 2],
      ['products', 'optional', 'html', 2],
      ['list.0.a', 'required', 'html', 2],
    ]);
  });

  it('refuses more than 256 KB', async () => {
    const large = template('é'.repeat(130 * 1024));
    expect(await renderer.parseTemplate(large)).toMatchObject({ ok: false });
    await expect(renderer.render(large, asha)).rejects.toMatchObject({ code: 'template_invalid', family: 'invalid_input' });
  });

  it('makes rendering it an error that says where', async () => {
    await expect(renderer.render(template('\n{{ x | nope }}'), asha)).rejects.toMatchObject({
      code: 'template_invalid',
      places: [{ pointer: '/html', detail: 'line 2, column 1: undefined filter: nope' }],
    });
  });
});

describe('a template that does harm', () => {
  it('is stopped when it loops for ever, while others go on rendering', async () => {
    let state: 'looping' | 'enough' = 'looping';
    const isLooping = (): boolean => state === 'looping';
    const loops = (async () => {
      const errors: unknown[] = [];
      while (isLooping()) await renderer.render(template(endless), asha).catch((error: unknown) => errors.push(error));
      return errors;
    })();
    const others = await Promise.all(Array.from({ length: 20 }, () => renderFine(renderer)));
    state = 'enough';
    expect(others.every(({ html }) => html.startsWith('fine'))).toBe(true);
    expect((await loops)[0]).toMatchObject({ code: 'template_timeout', family: 'invalid_input' });
  });

  it('has its worker killed when it does not stop by itself, and rendering goes on', async () => {
    const hasty = openLiquidRenderer({ timeLimitMs: 200 });
    const looping = Array.from({ length: 4 }, () => hasty.render(template(endless), asha));
    const outcomes = await Promise.allSettled([...looping, renderFine(hasty)]);
    await hasty.close();
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected', 'fulfilled']);
    for (const outcome of outcomes.slice(0, 4)) expect(outcome).toMatchObject({ reason: { code: 'template_timeout' } });
    // Who is held up for long may find that one stopped by itself after all.
    expect(outcomes).toContainEqual(
      expect.objectContaining({ reason: expect.objectContaining({ message: expect.stringContaining('200 ms') }) }),
    );
  });

  it('costs only its own message of a batch', async () => {
    const source = template(`{% if n == 3 or n == 5 %}${endless}{% endif %}number {{ n }}`);
    const recipients = Array.from({ length: 8 }, (_, n) => ({ fields: { n }, unsubscribe_url: url }));
    const outcomes = await impatient.renderBatch(source, recipients);
    expect(
      outcomes.map((outcome) => (outcome.ok ? Number(/\d+/.exec(outcome.message.html)?.[0]) : outcome.failure.code)),
    ).toEqual([0, 1, 2, 'template_timeout', 4, 'template_timeout', 6, 7]);
  });

  it('is given up for the rest of a batch after three messages', async () => {
    const recipients = Array.from({ length: 50 }, (_, n) => ({ fields: { n }, unsubscribe_url: url }));
    const outcomes = await impatient.renderBatch(template(`{% if n > 1 %}${endless}{% endif %}x`), recipients);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(2);
    expect(outcomes).toHaveLength(50);
  });

  it('is stopped when it eats memory', async () => {
    const eater = `{% assign s = "${'x'.repeat(1000)}" %}{% for i in (1..1000000) %}{% for j in (1..1000000) %}{{ s }}{% endfor %}{% endfor %}`;
    const small = openLiquidRenderer({ memoryLimitMb: 24 });
    await expect(small.render(template(eater), asha)).rejects.toMatchObject({ family: 'invalid_input' });
    expect((await renderFine(small)).html).toContain('fine');
    await small.close();
  });
});

describe('rendering many', () => {
  it('answers in order, whatever thread rendered it', async () => {
    const recipients = Array.from({ length: 1_500 }, (_, n) => ({ fields: { n }, unsubscribe_url: url }));
    const outcomes = await renderer.renderBatch(template('<p>{{ n }}</p>'), recipients);
    expect(
      outcomes.map(
        (outcome) => outcome.ok && outcome.message.html.startsWith(`<p>`) && Number(/\d+/.exec(outcome.message.html)?.[0]),
      ),
    ).toEqual(recipients.map(({ fields }) => fields.n));
  });

  it('says that it is closed', async () => {
    const closed = openLiquidRenderer();
    await closed.close();
    await expect(closed.render(template('x'), asha)).rejects.toMatchObject({ code: 'renderer_unavailable' });
  });
});
