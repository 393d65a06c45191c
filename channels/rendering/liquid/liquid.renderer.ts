import { Piscina } from 'piscina';
import { EngineError } from '../../../contracts/errors.js';
import { workerFile } from '../../../runtime/worker-file.js';
import {
  MAX_TEMPLATE_BYTES,
  type RenderData,
  type RenderFailure,
  type RenderOutcome,
  type Renderer,
  type TemplateCheck,
  type TemplateProblem,
  type TemplateSource,
} from '../renderer.port.js';
import type { ParseTask, RenderTask } from './render.worker.js';
import { runWatched, type Watched } from './watchdog.js';

/** How much rendering may take; the defaults are what templates are promised. */
export interface LiquidRendererOptions {
  readonly threads?: number;
  readonly timeLimitMs?: number;
  readonly memoryLimitMb?: number;
}

type WorkerAnswer = readonly RenderOutcome[] | { readonly problems: readonly TemplateProblem[] };

const MAX_CHUNK = 200;
/** Rendered messages of one chunk stay well below the worker's memory. */
const CHUNK_BYTES = 4 * 1024 * 1024;
/** After so many messages that had to be killed the rest of a batch is not tried. */
const MAX_KILLS = 3;

function sizeOf({ subject, html, text = '' }: TemplateSource): number {
  return Buffer.byteLength(subject) + Buffer.byteLength(html) + Buffer.byteLength(text);
}

function tooLarge(bytes: number): TemplateProblem {
  const detail = `a template has at most ${String(MAX_TEMPLATE_BYTES)} bytes, this one has ${String(bytes)}`;
  return { part: 'html', line: 1, column: 1, detail };
}

function invalid(problems: readonly TemplateProblem[]): EngineError {
  const [first] = problems;
  const where =
    first === undefined ? '' : `: ${first.part} line ${String(first.line)}, column ${String(first.column)}: ${first.detail}`;
  return new EngineError('template_invalid', `the template cannot be parsed${where}`, {
    details: { problems },
    places: problems.map(({ part, line, column, detail }) => ({
      pointer: `/${part}`,
      detail: `line ${String(line)}, column ${String(column)}: ${detail}`,
    })),
  });
}

function progressOf(messages: number): Int32Array {
  const progress = new Int32Array(new SharedArrayBuffer(8));
  progress[1] = messages;
  return progress;
}

/** Opens a renderer for Liquid templates on a pool of worker threads, which are started at the first use and can be killed. */
export function openLiquidRenderer(options: LiquidRendererOptions = {}): Renderer {
  const { threads = 3, timeLimitMs = 1_000, memoryLimitMb = 64 } = options;
  let started: Piscina | null = null;
  // At least one thread must stay: piscina replaces a killed one only up to `minThreads`, also while tasks are queued.
  const start = (): Piscina =>
    new Piscina({
      filename: workerFile(import.meta.url, './render.worker.js').href,
      minThreads: Math.min(2, threads),
      maxThreads: threads,
      idleTimeout: 30_000,
      resourceLimits: { maxOldGenerationSizeMb: memoryLimitMb, maxYoungGenerationSizeMb: 16 },
      // Who waits for a task is told of its thread's death; one that dies between tasks must not end the process.
    }).on('error', () => undefined);
  const pool = (): Piscina => (started ??= start());
  let state: 'open' | 'closed' = 'open';
  const isClosed = (): boolean => state === 'closed';

  function failureOf(watched: Exclude<Watched<unknown>, { readonly end: 'answered' }>): RenderFailure {
    if (watched.end === 'timed_out') {
      return { code: 'template_timeout', detail: `not rendered within ${String(timeLimitMs)} ms` };
    }
    const memory = watched.code === 'ERR_WORKER_OUT_OF_MEMORY';
    return {
      code: 'template_render_failed',
      detail: memory ? `it needs more than ${String(memoryLimitMb)} MB` : `the renderer failed: ${watched.code}`,
    };
  }

  function closed(): EngineError {
    return new EngineError('renderer_unavailable', 'the renderer is closed');
  }

  async function run<T>(name: string, task: ParseTask | RenderTask): Promise<Watched<T>> {
    if (isClosed()) throw closed();
    // The worker answers what the function of that name in render.worker.ts returns.
    const watched = await runWatched((signal) => pool().run(task, { name, signal }) as Promise<T>, {
      progress: task.progress,
      timeLimitMs,
    });
    if (watched.end !== 'answered' && isClosed()) throw closed();
    return watched;
  }

  async function renderChunk(template: TemplateSource, recipients: readonly RenderData[]): Promise<readonly RenderOutcome[]> {
    const outcomes: RenderOutcome[] = [];
    for (let kills = 0; outcomes.length < recipients.length; kills += 1) {
      const rest = recipients.slice(outcomes.length);
      const task: RenderTask = { template, recipients: rest, progress: progressOf(rest.length) };
      const watched = await run<WorkerAnswer>('render', task);
      if (watched.end === 'answered') {
        if ('problems' in watched.answer) throw invalid(watched.answer.problems);
        outcomes.push(...watched.answer);
        continue;
      }
      const failed: RenderOutcome = { ok: false, failure: failureOf(watched) };
      // What was rendered before the kill went with the worker: it is rendered again, without the culprit.
      const before = rest.slice(0, watched.at);
      if (before.length > 0) outcomes.push(...(await renderChunk(template, before)));
      outcomes.push(failed);
      if (kills + 1 >= MAX_KILLS) outcomes.push(...recipients.slice(outcomes.length).map(() => failed));
    }
    return outcomes;
  }

  async function renderBatch(template: TemplateSource, recipients: readonly RenderData[]): Promise<readonly RenderOutcome[]> {
    const bytes = sizeOf(template);
    if (bytes > MAX_TEMPLATE_BYTES) throw invalid([tooLarge(bytes)]);
    const size = Math.min(MAX_CHUNK, Math.max(1, Math.floor(CHUNK_BYTES / Math.max(1, bytes))));
    const chunks = Array.from({ length: Math.ceil(recipients.length / size) }, (_, index) =>
      recipients.slice(index * size, (index + 1) * size),
    );
    const done: (readonly RenderOutcome[])[] = [];
    let next = 0;
    // One thread is left to others.
    const lanes = Array.from({ length: Math.max(1, threads - 1) }, async () => {
      for (let index = next++; index < chunks.length; index = next++)
        done[index] = await renderChunk(template, chunks[index] ?? []);
    });
    await Promise.all(lanes);
    return done.flat();
  }

  return {
    parseTemplate: async (template) => {
      const bytes = sizeOf(template);
      if (bytes > MAX_TEMPLATE_BYTES) return { ok: false, problems: [tooLarge(bytes)] };
      const watched = await run<TemplateCheck>('parse', { template, progress: progressOf(1) });
      if (watched.end === 'answered') return watched.answer;
      return { ok: false, problems: [{ part: 'html', line: 1, column: 1, detail: failureOf(watched).detail }] };
    },
    render: async (template, data) => {
      const [outcome] = await renderBatch(template, [data]);
      if (outcome?.ok === true) return outcome.message;
      throw new EngineError(
        outcome?.failure.code ?? 'template_render_failed',
        `the template cannot be rendered: ${outcome?.failure.detail ?? 'no answer'}`,
      );
    },
    renderBatch,
    close: async () => {
      state = 'closed';
      await started?.destroy();
    },
  };
}
