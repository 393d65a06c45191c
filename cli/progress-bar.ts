import { createRequire } from 'node:module';
import type { Writable } from 'node:stream';
import type cliProgress from 'cli-progress';

export interface ProgressOptions {
  /** What is being done, in a word or two. */
  readonly label: string;
  /** How many there are. */
  readonly total: number;
  /** What is counted. */
  readonly unit: string;
}

/** Shows how far a long job is, how fast it goes and how long it will still take. */
export interface ProgressBar {
  /** `done` of the total so far, never less than before. */
  update(done: number): void;
  finish(): void;
}

const LINE_EVERY_MS = 5000;
const load = createRequire(import.meta.url);

/** A bar on a terminal; elsewhere a line now and then, and one at the end. */
export function createProgressBar(options: ProgressOptions, stream: Writable & { readonly isTTY?: boolean }): ProgressBar {
  return stream.isTTY === true ? drawnBar(options, stream) : writtenLines(options, stream);
}

function drawnBar({ label, total, unit }: ProgressOptions, stream: Writable): ProgressBar {
  // Only here, because most commands draw no bar; the package says that this is its type.
  const { SingleBar } = load('cli-progress') as typeof cliProgress;
  const bar = new SingleBar({
    stream: stream,
    format: `${label} {bar} {percentage}% · {value}/{total} ${unit} · {rate}/s · {left} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    fps: 10,
  });
  const startedAt = Date.now();
  bar.start(total, 0, { rate: '…', left: '…' });
  return {
    update: (done) => bar.update(done, paceOf(done, total, Date.now() - startedAt)),
    finish: () => bar.stop(),
  };
}

function writtenLines({ label, total, unit }: ProgressOptions, stream: Writable): ProgressBar {
  const startedAt = Date.now();
  let lastLineAt = startedAt;
  let last = 0;
  let written = -1;
  const line = (): void => {
    if (last === written) return;
    written = last;
    const { rate, left } = paceOf(last, total, Date.now() - startedAt);
    const percent = total === 0 ? 100 : Math.floor((last / total) * 100);
    stream.write(`${label}: ${percent}% · ${last}/${total} ${unit} · ${rate}/s · ${left} left\n`);
  };
  return {
    update(done) {
      last = done;
      if (Date.now() - lastLineAt < LINE_EVERY_MS) return;
      lastLineAt = Date.now();
      line();
    },
    finish: line,
  };
}

/** Rate and time left as text, from the mean since the start. */
export function paceOf(done: number, total: number, elapsedMs: number): { readonly rate: string; readonly left: string } {
  if (done <= 0 || elapsedMs <= 0) return { rate: '…', left: '…' };
  const perSecond = (done / elapsedMs) * 1000;
  return { rate: Math.round(perSecond).toLocaleString('en'), left: durationText(Math.max(0, total - done) / perSecond) };
}

function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
