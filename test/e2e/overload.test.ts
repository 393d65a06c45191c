import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { createFlood } from '../../bench/overload/flood.js';
import { endEngineChildren, startEngineChild } from '../support/engine-child.js';

afterEach(endEngineChildren);

// How soon it refuses is measured by bench/overload.bench.ts, for a minute.
it('answers more than it can take with 429 and nothing else, and has stored exactly what it acknowledged', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'cebe-overload-'));
  const engine = await startEngineChild({ dataDir });
  if (engine === null) throw new Error('expected the engine to start');
  const flood = createFlood({ url: engine.url, key: engine.token, batch: 100, prefix: 'f' });
  await flood.connect();
  await flood.openLoop(600, 3);
  expect(flood.others).toEqual({});
  expect(flood.refused).toBeGreaterThan(0);
  expect(flood.accepted).toBeGreaterThan(0);

  await flood.closedLoop(1, { events: 1 });
  const path = `/v1/ingest/statistics?min_position=${flood.position}&wait_ms=30000`;
  const response = await fetch(`${engine.url}${path}`, { headers: { authorization: `Bearer ${engine.token}` } });
  expect(await response.json()).toMatchObject({ data: [{ type: 'order_created', total: flood.accepted }] });
  await engine.stop();
  await rm(dataDir, { recursive: true });
});
