import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { expect } from '@jest/globals';
import { ask, askAll } from './engine-calls.js';
import type { EngineChild } from './engine-child.js';

/** A launched campaign. */
export interface CrashRun {
  readonly runId: string;
  readonly position: string;
}

/** Launches a campaign to the members of a segment, through the outbox. */
export async function launchCampaign(engine: EngineChild, segmentId: string, perSecond = 150): Promise<CrashRun> {
  const template = { name: 'Thanks', subject: 'Thank you', html: '<p>Thank you, {{ first_name | default: "friend" }}.</p>' };
  const { template_id } = await ask<{ template_id: string }>(engine, 'POST /v1/templates', template);
  const campaign = {
    name: 'Thanks',
    segment_id: segmentId,
    template_id,
    from: 'Shop <shop@mail.example>',
    throttle: { per_second: perSecond },
  };
  const { campaign_id } = await ask<{ campaign_id: string }>(engine, 'POST /v1/campaigns', campaign);
  const launched = await ask<{ run_id: string; position: string }>(engine, `POST /v1/campaigns/${campaign_id}/launch`, {});
  return { runId: launched.run_id, position: launched.position };
}

/** Resolves when the log says that the run is completed. */
export async function runCompleted(engine: EngineChild, { runId, position }: CrashRun): Promise<string> {
  const response = await fetch(`${engine.url}/v1/events/tail?after=${position}&category=campaign_run`, {
    headers: { authorization: `Bearer ${engine.token}` },
  });
  if (response.body === null) throw new Error('expected lines, found no body');
  const lines = Readable.fromWeb(response.body);
  try {
    for await (const line of createInterface({ input: lines })) {
      const entry = JSON.parse(line) as { readonly type?: string; readonly stream?: string; readonly position: string };
      if (entry.type === 'campaign_run.completed' && entry.stream?.endsWith(runId) === true) return entry.position;
    }
  } finally {
    // The tail never ends by itself.
    lines.on('error', () => undefined).destroy();
  }
  throw new Error('expected the run to be completed; the tail ended');
}

interface Message {
  readonly qontak_customer_id: string;
  readonly outcome: string;
}

/** Nobody's address got two mails, each sent message is a file in the outbox, and the outcomes add up to the audience. */
export async function expectMailedOnce(engine: EngineChild, run: CrashRun, dataDir: string): Promise<void> {
  const outcomes = await outcomesOf(engine, run);
  const addresses = await mailedAddresses(join(dataDir, 'outbox'));
  expect(addresses.filter((address, index) => addresses.indexOf(address) !== index)).toEqual([]);
  expect({ sent: outcomes['sent'] }).toEqual({ sent: addresses.length });
  expect(addresses.length).toBeGreaterThan(500);
}

/** How many came to which end once the run is completed: everybody of the audience to one of them. */
export async function outcomesOf(engine: EngineChild, run: CrashRun): Promise<Readonly<Record<string, number>>> {
  const position = await runCompleted(engine, run);
  const path = `/v1/campaign-runs/${run.runId}`;
  const current = `min_position=${position}&wait_ms=30000`;
  const { audience, outcomes } = await ask<{ audience: number; outcomes: Record<string, number> }>(
    engine,
    `GET ${path}/funnel?${current}`,
  );
  expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(audience);
  const messages = await askAll<Message>(engine, `${path}/messages?limit=1000&${current}`);
  expect(messages).toHaveLength(audience);
  expect(new Set(messages.map(({ qontak_customer_id: id }) => id)).size).toBe(audience);
  expect(outcomes['pending']).toBe(0);
  return outcomes;
}

async function mailedAddresses(outbox: string): Promise<readonly string[]> {
  const files = await readdir(outbox, { recursive: true });
  return Promise.all(
    files
      .filter((file) => file.endsWith('.eml'))
      .map(async (file) => /^To: (.*)$/m.exec(await readFile(join(outbox, file), 'utf8'))?.[1]?.trim() ?? file),
  );
}
