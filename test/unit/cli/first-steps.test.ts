import { describe, expect, it } from '@jest/globals';
import { firstSteps } from '../../../cli/first-steps.js';

describe('what a first start says', () => {
  it('is commands that can be copied, one a line, with the key and the address of this engine', () => {
    const text = firstSteps({ url: 'http://h:1', key: 'cebe_k', customerId: '00001', now: new Date(0) });
    const commands = text.split('\n').filter((line) => line.includes('cebe ') && !line.includes('curl'));
    expect(commands.length).toBeGreaterThan(2);
    for (const line of commands) expect(line).toMatch(/^ {2}npx cebe [^A-Z]+$/);
    expect(commands.every((line) => line.split('npx cebe').length === 2)).toBe(true);
    expect(text).toContain("http://h:1/v1/events -H 'Authorization: Bearer cebe_k'");
    expect(text).toContain('"created_at":"1970-01-01T00:00:00Z"');
  });
});
