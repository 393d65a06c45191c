import type { HttpClient } from '../http-client.js';
import type { Output } from '../output.js';
import type { InputItem } from '../sending/outgoing-entry.js';
import { createRefusals, type Refusals } from '../sending/refusals.js';
import { openRejectFile } from '../sending/reject-file.js';
import { addCounts, nothingSent, sendWindows, type SendCounts } from '../sending/send-windows.js';
import { readState, removeState, writeState, type ImportState } from './import-state.js';
import { finishImport, listImports, startImport } from './open-import.js';

/** What is imported. */
export interface ImportPlan {
  readonly label: string;
  readonly shiftDays?: number;
  /** Reads the input from its beginning. */
  readonly items: () => AsyncIterable<InputItem>;
  /** How many lines the input has. */
  readonly lines: number;
  /** Tells the input and its mapping from others. */
  readonly fingerprint: string;
}

export interface RunImportOptions {
  readonly client: HttpClient;
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly statePath: string;
  readonly rejectsPath?: string;
  /** An import that was opened for this; absent: one is started. */
  readonly importId?: string;
}

/** What became of an import. */
export interface ImportResult {
  readonly importId: string;
  readonly counts: SendCounts;
  readonly refusals: Refusals;
  /** Where the log stands at its end. */
  readonly position: string;
}

/**
 * Imports the whole input, going on behind what an earlier run had acknowledged. After an abort or a failure the import stays open and its
 * state is kept; the same command goes on.
 */
export async function runImport(plan: ImportPlan, options: RunImportOptions): Promise<ImportResult> {
  const { client, output, signal, statePath } = options;
  let state = await beginning(plan, options);
  if (state.last_line > 0) output.note(`going on behind line ${state.last_line}`);
  const rejects = options.rejectsPath === undefined ? null : await openRejectFile(options.rejectsPath, state.rejects_bytes);
  const refusals = createRefusals();
  const from = state.last_line;
  const bar = output.progress({ label: plan.label, total: Math.max(0, plan.lines - from), unit: 'lines' });
  try {
    const target = { client, importId: state.import_id, signal };
    for await (const outcome of sendWindows(behind(plan.items(), from), target)) {
      refusals.add(outcome.refused);
      state = {
        ...state,
        last_line: outcome.lastLine,
        counts: addCounts(state.counts, outcome.counts),
        rejects_bytes: (await rejects?.write(outcome.refused)) ?? 0,
      };
      await writeState(statePath, state);
      bar.update(outcome.lastLine - from);
    }
    bar.update(Math.max(0, plan.lines - from));
  } finally {
    bar.finish();
    await rejects?.close();
  }
  const position = await finishImport(client, state.import_id);
  await removeState(statePath);
  return { importId: state.import_id, counts: state.counts, refusals, position };
}

/** What an earlier run left, if the engine knows of it, else the very beginning. */
async function beginning(plan: ImportPlan, options: RunImportOptions): Promise<ImportState> {
  const { client, statePath } = options;
  const { label, shiftDays, fingerprint } = plan;
  const left = await readState(statePath, fingerprint);
  const known = left === null ? undefined : (await listImports(client, label)).find((one) => one.import_id === left.import_id);
  if (left !== null && known?.state === 'open') return left;
  const importId =
    options.importId ?? (await startImport(client, { label, ...(shiftDays === undefined ? {} : { shift_days: shiftDays }) }));
  // One that was finished meanwhile, being idle for a day, still has what it took.
  if (left !== null && known !== undefined) return { ...left, import_id: importId };
  return { fingerprint, import_id: importId, last_line: 0, counts: nothingSent, rejects_bytes: 0 };
}

async function* behind(items: AsyncIterable<InputItem>, line: number): AsyncGenerator<InputItem> {
  for await (const item of items) {
    if ((item.kind === 'entry' ? item.entry.line : item.refused.line) > line) yield item;
  }
}
