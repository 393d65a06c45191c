import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { InputItem } from '../../../cli/sending/outgoing-entry.js';
import { readEvents } from '../../../cli/sending/read-events.js';
import { countLines, decodeText, readLines } from '../../../cli/sending/read-lines.js';
import { windowsOf } from '../../../cli/sending/windows.js';
import { chunksOf, readItems } from '../../support/import-items.js';

const a = { type: 't_a', message_id: '1', customer: { qontak_customer_id: 'c1' } };
const b = { type: 't_b', message_id: '2', customer: { identifiers: { email: 'x@y.example' } } };
const read = (text: string) => readItems(readEvents(decodeText(chunksOf(text))));

describe('reading events', () => {
  it('takes NDJSON, a JSON array, {"events": […]} and one event, on one line or on many', async () => {
    const texts = [
      `${JSON.stringify(a)}\n\r\n${JSON.stringify(b)}`,
      JSON.stringify([a, b]),
      JSON.stringify([a, b], null, 2),
      JSON.stringify({ events: [a, b] }),
      JSON.stringify({ events: [a, b] }, null, 2),
      `${JSON.stringify({ events: [a] })}\n${JSON.stringify(b)}\n`,
    ];
    for (const text of texts) expect((await read(text)).events).toEqual([a, b]);
    expect((await read(JSON.stringify(a, null, 2))).events).toEqual([a]);
    expect((await read('')).events).toEqual([]);
  });

  it('sends lines that are no JSON as they are, for the engine to keep', async () => {
    const items: InputItem[] = [];
    for await (const item of readEvents(decodeText(chunksOf(`${JSON.stringify(a)}\nnot json\n`)))) items.push(item);
    expect(items[1]).toMatchObject({ kind: 'entry', entry: { line: 2, text: 'not json' } });
  });

  it('refuses text that is neither, and bytes that are not UTF-8', async () => {
    await expect(read('a,b\n1,2\n')).rejects.toMatchObject({ code: 'invalid_input' });
    const bytes = (async function* () {
      yield Uint8Array.of(0x7b, 0xff, 0x7d);
    })();
    await expect(readItems(readEvents(decodeText(bytes)))).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('utf-8'),
    });
  });

  it('reads the same lines however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.stringMatching(/^[^\n\r]{0,12}$/u)), fc.integer({ min: 1, max: 9 }), async (lines, size) => {
        const text = lines.map((line) => `${line}\n`).join('');
        const found: string[] = [];
        for await (const { text: line } of readLines(decodeText(chunksOf(text, size)))) found.push(line);
        // A byte order mark at the very beginning is left out.
        expect(found.join('\n')).toBe(lines.join('\n').replace(/^\uFEFF/, ''));
        expect(await countLines(chunksOf(text, size))).toBe(lines.length);
      }),
    );
  });
});

describe('windows', () => {
  const items = async function* (keys: readonly number[]): AsyncGenerator<InputItem> {
    for (const [index, key] of keys.entries()) {
      const line = index + 1;
      if (key === 0) yield { kind: 'refused', refused: { line, code: 'row_invalid', detail: '', row: '' } };
      else yield { kind: 'entry', entry: { line, text: `"${'x'.repeat(key)}"`, customerKey: `c${key % 5}`, row: '' } };
    }
  };

  it('hold everything once, keep each customer in order and in one lane, and stay within the limits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(40)), fc.integer({ min: 1, max: 4 }), async (keys, lanes) => {
        const seen: { readonly key: string; readonly line: number }[] = [];
        let [refused, lastLine] = [0, 0];
        for await (const window of windowsOf(items(keys), { lanes, eventsPerRequest: 3, requestBytes: 64 })) {
          expect(window.lastLine).toBeGreaterThan(lastLine);
          lastLine = window.lastLine;
          refused += window.refused.length;
          for (const lane of window.lanes) {
            expect(lane.length).toBeLessThanOrEqual(3);
            expect(lane.reduce((sum, { text }) => sum + text.length + 1, 0)).toBeLessThanOrEqual(64);
            seen.push(...lane.map(({ customerKey, line }) => ({ key: customerKey, line })));
          }
        }
        expect(refused + seen.length).toBe(keys.length);
        expect(lastLine).toBe(keys.length);
        for (const key of new Set(seen.map((one) => one.key))) {
          const lines = seen.filter((one) => one.key === key).map(({ line }) => line);
          expect(lines).toEqual([...lines].sort((x, y) => x - y));
        }
      }),
    );
  });

  it('refuse an entry that no request can hold', async () => {
    const huge = async function* (): AsyncGenerator<InputItem> {
      yield { kind: 'entry', entry: { line: 1, text: 'x'.repeat(600_000), customerKey: 'c', row: 'r' } };
    };
    for await (const window of windowsOf(huge(), { lanes: 2 })) {
      expect(window.refused).toMatchObject([{ line: 1, code: 'event_too_large', row: 'r' }]);
      expect(window.lanes.flat()).toEqual([]);
    }
  });
});
