import type { Writable } from 'node:stream';
import { createProgressBar, type ProgressBar, type ProgressOptions } from './progress-bar.js';
import { renderTable, type Column } from './table.js';

export interface OutputStreams {
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

/** What a command says: data on stdout, talk on stderr. With `--json` each piece of data is one line of JSON. */
export interface Output {
  readonly json: boolean;
  /** True when a person may be asked something. */
  readonly interactive: boolean;
  /** One piece of data: as JSON, or as the text that `render` makes of it. */
  data<Value>(value: Value, render: (value: Value) => string): void;
  /** A list: one line of JSON a row, or an aligned table. */
  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void;
  /** A line for the person at the terminal. */
  note(text: string): void;
  /** Shows how far something is; call `finish` at its end, whatever the end. */
  progress(options: ProgressOptions): ProgressBar;
}

export type OutputFormat = 'json' | 'text';

/** The output of one command. */
export function createOutput(format: OutputFormat, { stdout, stderr }: OutputStreams): Output {
  const json = format === 'json';
  return {
    json,
    interactive: stdout.isTTY === true && stderr.isTTY === true && process.stdin.isTTY,
    data(value, render) {
      stdout.write(json ? `${JSON.stringify(value)}\n` : endLine(render(value)));
    },
    table(rows, columns) {
      stdout.write(json ? rows.map((row) => `${JSON.stringify(row)}\n`).join('') : renderTable(rows, columns));
    },
    note(text) {
      stderr.write(endLine(text));
    },
    progress: (options) => createProgressBar(options, stderr),
  };
}

function endLine(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
