import { setTimeout as pause } from 'node:timers/promises';
import { HttpConnection } from './engine/http-connection.js';
import type { LoadOrder, LoadReport, ProbeJob, PushJob } from './engine/load-job.js';
import { customerId, eventText } from './engine/workload.js';

/** The load generator of engine.bench.ts, a process of its own: does one order after the other. */
const RETRY_MS = 50;

interface Tally {
  accepted: number;
  others: number;
  refused: number;
  lastPosition: string;
  readonly times: number[];
}

async function push(order: LoadOrder, job: PushJob, tally: Tally): Promise<void> {
  const until = performance.now() + job.seconds * 1000;
  const startedAt = performance.now();
  let begun = 0;
  let requests = 0;
  const text = (): string => {
    const events: string[] = [];
    for (let left = job.eventsARequest; left > 0 && begun < job.events; left -= 1) {
      const pick = job.event === 'created' ? begun % job.customers : Math.floor(Math.random() * job.customers);
      events.push(eventText(job.event, `${order.run}-${String(begun)}`, job.firstCustomer + pick));
      begun += 1;
    }
    return `{"events":[${events.join(',')}]}`;
  };
  const connection = async (): Promise<void> => {
    const http = new HttpConnection(new URL(order.url), order.token);
    while (begun < job.events && performance.now() < until) {
      if (job.requestsASecond !== undefined) {
        const due = startedAt + (requests * 1000) / job.requestsASecond;
        requests += 1;
        if (due > performance.now() + 1) await pause(due - performance.now());
      }
      await pushOne(http, text(), tally);
    }
    http.close();
  };
  await Promise.all(Array.from({ length: job.connections }, connection));
}

async function pushOne(http: HttpConnection, body: string, tally: Tally): Promise<void> {
  for (;;) {
    const sentAt = performance.now();
    const answer = await http.post('/v1/events', body);
    if (answer.status === 429) {
      tally.refused += 1;
      await pause(RETRY_MS);
      continue;
    }
    if (answer.status !== 200) throw new Error(`expected 200, found ${String(answer.status)}: ${answer.body.slice(0, 300)}`);
    tally.times.push(performance.now() - sentAt);
    const accepted = occurrences(answer.body, '"status":"accepted"');
    tally.accepted += accepted;
    tally.others += occurrences(answer.body, '"status":"') - accepted;
    tally.lastPosition = /"position":"([^"]+)"\}$/.exec(answer.body)?.[1] ?? tally.lastPosition;
    return;
  }
}

async function probe(order: LoadOrder, job: ProbeJob, tally: Tally): Promise<void> {
  const http = new HttpConnection(new URL(order.url), order.token);
  const until = performance.now() + job.seconds * 1000;
  for (let number = 0; performance.now() < until; number += 1) {
    const customer = job.firstCustomer + (number % job.customers);
    const path = `/v1/customers/${customerId(customer)}`;
    const before = ordersOf((await http.get(path)).body);
    const sentAt = performance.now();
    const scratch: Tally = { accepted: 0, others: 0, refused: 0, lastPosition: '', times: [] };
    await pushOne(http, `{"events":[${eventText('order', `${order.run}-${String(number)}`, customer)}]}`, scratch);
    const answeredAt = performance.now();
    if (job.how === 'wait') await http.get(`${path}?min_position=${scratch.lastPosition}&wait_ms=10000`);
    else while (ordersOf((await http.get(path)).body) <= before);
    tally.times.push(performance.now() - (job.how === 'wait' ? answeredAt : sentAt));
    tally.accepted += 1;
    await pause(20);
  }
  http.close();
}

function ordersOf(body: string): number {
  return Number(/"order_created":\{"count":(\d+)/.exec(body)?.[1] ?? 0);
}

function occurrences(text: string, wanted: string): number {
  let count = 0;
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) count += 1;
  return count;
}

async function run(order: LoadOrder): Promise<LoadReport> {
  const tally: Tally = { accepted: 0, others: 0, refused: 0, lastPosition: '', times: [] };
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  if (order.job.kind === 'push') await push(order, order.job, tally);
  else await probe(order, order.job, tally);
  const cpu = process.cpuUsage(cpuBefore);
  const times = Float64Array.from(tally.times).sort();
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  const { accepted, others, refused, lastPosition } = tally;
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    accepted,
    others,
    refused,
    lastPosition,
    seconds,
    p50: at(0.5),
    p99: at(0.99),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  };
}

process.on('message', (order: LoadOrder) => {
  run(order).then(
    (report) => process.send?.({ report }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
