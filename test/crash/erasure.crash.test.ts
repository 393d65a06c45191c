import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ask } from '../support/engine-calls.js';
import { endEngineChildren, startEngineChild, type EngineChild, type KillPoint } from '../support/engine-child.js';
import { eventually } from '../support/eventually.js';
import { filesHolding } from '../support/files-holding.js';
import { direct, PERSON, pushes, quasi, refusals } from '../support/planted-person.js';

const folders: string[] = [];
afterEach(async () => {
  endEngineChildren();
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

async function started(options: Parameters<typeof startEngineChild>[0]): Promise<EngineChild> {
  const child = await startEngineChild(options);
  if (child === null) throw new Error('expected the engine to start, found it dead');
  return child;
}

interface Standing {
  readonly state: string;
  readonly certificate?: { readonly done: Readonly<Record<string, unknown>> };
}

/** What an erasure does to the person, in the order in which it may be cut off: started, erased, two refused entries, their keys, the person's, four identifiers, completed. */
const points: readonly (readonly [KillPoint, number])[] = [
  ...[1, 2, 3, 4, 5, 8, 9].map((count) => ['erasing', count] as const),
  ...[1, 2, 3].map((count) => ['destroying', count] as const),
];

describe('an erasure that is cut off', () => {
  it.each(points)('at %s, operation %d, is finished by the next start', async (point, count) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'cebe-erasure-'));
    folders.push(dataDir);
    const first = await started({ dataDir, kill: { point, count } });
    await ask(first, 'POST /v1/events', { events: pushes });
    await ask(first, 'POST /v1/events', { events: refusals });
    await ask(first, `POST /v1/customers/${PERSON}/erase`, { reason: 'Asked by letter' }).catch(() => undefined);
    expect(await first.ended).toBe('SIGKILL');

    const second = await started({ dataDir });
    const standing = await eventually('the erasure to be completed', async () => {
      const response = await fetch(`${second.url}/v1/customers/${PERSON}/erasure`, {
        headers: { authorization: `Bearer ${second.token}` },
      });
      const found = (await response.json()) as Standing; // as the route's schema has it
      return found.state === 'completed' ? found : null;
    });
    const { certificate } = standing;
    expect(certificate?.done).toMatchObject({ keys: 1, identifiers: 4, refused_entries: 2 });
    expect(await filesHolding(dataDir, [...direct, ...quasi], { without: ['outbox'] })).toEqual([]);
    await second.stop();
  });
});
