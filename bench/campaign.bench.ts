import type { NewCustomer } from '../test/support/campaign-people.js';
import { openCampaigns, WORKSPACE } from '../test/support/campaigns.js';
import { cpuBetween, cpuOf, type CpuTimes } from './engine/engine-process.js';

/**
 * Figures of a campaign run through the outbox: `node --import ./dist/bench/name-threads.js dist/bench/campaign.bench.js [recipients]`, default
 * 25,000. One process: event store, documents, vault, the seven projections that campaigns need, saga, renderer and outbox on the disk of the
 * temporary folder (`TMPDIR`; one in which many files were deleted within the last minutes makes each new file several times as dear on ext4).
 */
const recipients = Number(process.argv[2] ?? 25_000);

function people(): readonly NewCustomer[] {
  return Array.from({ length: recipients }, (_, index) => {
    const id = `c${String(index).padStart(6, '0')}`;
    return { id, email: `${id}@mail.example`, firstName: `Name${index}`, attributes: { city: 'Bandung', plan: 'gold' } };
  });
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(2);

function perMessage(times: CpuTimes): string {
  const used = Object.entries(times).map(([name, time]) => [name, Math.round((time / recipients) * 1e6)] as const);
  const total = used.reduce((sum, [, micros]) => sum + micros, 0);
  const threads = used.filter(([, micros]) => micros > 0).sort(([, one], [, other]) => other - one);
  return `${total} µs (${threads.map(([name, micros]) => `${name} ${micros}`).join(', ')})`;
}

async function main(): Promise<void> {
  const engine = await openCampaigns();
  const customers = people();
  let began = performance.now();
  await engine.populate(customers);
  console.log(
    `${recipients} customers with e-mail, first name and two attributes stored and folded in ${seconds(performance.now() - began)} s`,
  );
  const campaignId = await engine.defineCampaign();
  const marks = new Map<string, number>();
  const counts = new Map<string, number>();
  const stop = new AbortController();
  const head = await engine.eventStore.head();
  let cpu = process.cpuUsage();
  let firstCpu: NodeJS.CpuUsage | null = null;
  const watching = (async () => {
    for await (const message of engine.eventStore.subscribe({ after: head, signal: stop.signal })) {
      if (message.kind !== 'event') continue;
      const { type } = message.event;
      if (!marks.has(type)) marks.set(type, performance.now());
      if (type === 'campaign.message_sent' && firstCpu === null) firstCpu = process.cpuUsage(cpu);
      counts.set(type, (counts.get(type) ?? 0) + 1);
      if (type === 'campaign.message_sent' && counts.get(type) === recipients) marks.set('last_sent', performance.now());
    }
  })();
  began = performance.now();
  cpu = process.cpuUsage();
  const threads = cpuOf(process.pid);
  const runId = await engine.launch(campaignId);
  const launched = performance.now() - began;
  await engine.untilRun(runId, 'completed', 900_000);
  const at = (name: string): number => (marks.get(name) ?? Number.NaN) - began;
  const used = process.cpuUsage(cpu);
  const toFirst = firstCpu as NodeJS.CpuUsage | null; // set by the loop above
  console.log(`CPU until the first message: ${seconds(((toFirst?.user ?? 0) + (toFirst?.system ?? 0)) / 1_000)} s`);
  console.log(`launch answered in ${launched.toFixed(0)} ms`);
  console.log(
    `first chunk ${seconds(at('campaign_run.audience_chunk'))} s, sealed ${seconds(at('campaign_run.audience_sealed'))} s`,
  );
  console.log(
    `first reservation ${seconds(at('campaign.message_reserved'))} s, first message sent ${seconds(at('campaign.message_sent'))} s after launch`,
  );
  const sending = at('last_sent') - at('campaign.message_reserved');
  console.log(
    `${recipients} messages, reservation to recorded outcome of the last: ${seconds(sending)} s = ${Math.round((recipients / sending) * 1_000)}/s`,
  );
  console.log(
    `completed ${seconds(at('campaign_run.completed'))} s after launch; CPU ${seconds((used.user + used.system) / 1_000)} s; RSS ${Math.round(process.memoryUsage().rss / 1e6)} MB`,
  );
  console.log(`CPU a message by thread: ${perMessage(cpuBetween(threads, cpuOf(process.pid)))}`);
  const funnelBegan = performance.now();
  const funnel = await engine.funnel(runId);
  console.log(
    `funnel of ${funnel.audience} in ${(performance.now() - funnelBegan).toFixed(1)} ms: ${JSON.stringify(funnel.outcomes)}`,
  );
  console.log(`messages of ${WORKSPACE}: ${JSON.stringify(Object.fromEntries(counts))}`);
  stop.abort();
  await watching;
  await engine.dispose();
}

await main();
