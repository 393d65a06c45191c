import { createReadStream } from 'node:fs';
import type { HttpClient } from '../http-client.js';
import { decodeText, readLines, type TextLine } from '../sending/read-lines.js';
import { cdnowItems, shiftToYesterday, surveyCdnow, type CdnowOverview } from './cdnow-rows.js';
import { fingerprintOf } from './import-state.js';
import { listImports, readWorkspace } from './open-import.js';
import type { ImportPlan } from './run-import.js';

/** The label of imports of CDNOW; the oldest one that carries it, or the sample's, says how dates are shifted. */
export const CDNOW_LABEL = 'cdnow';
/** The label under which the first start loads CDNOW. */
export const SAMPLE_LABEL = 'cdnow sample';

export interface CdnowPlanOptions {
  readonly client: HttpClient;
  /** ms since 1970. */
  readonly now: number;
  /** `keep`: the dates stay as they are in the file. */
  readonly dates: 'shift' | 'keep';
  readonly label?: string;
}

/** How a CDNOW file will be imported, and what is in it. */
export interface CdnowPlan extends ImportPlan {
  readonly shiftDays: number;
  readonly zone: string;
  readonly overview: CdnowOverview;
}

/** Looks at the file and at the workspace. Errors: `invalid_input` for another file. */
export async function planCdnow(file: string, options: CdnowPlanOptions): Promise<CdnowPlan> {
  const { client, now, dates, label = CDNOW_LABEL } = options;
  const { time_zone: zone } = await readWorkspace(client);
  const overview = await surveyCdnow(linesOf(file));
  const stored = await storedShift(client);
  const wanted = dates === 'keep' ? 0 : shiftToYesterday(overview.lastDay, { zone, now });
  const shiftDays = stored ?? wanted;
  return {
    label,
    shiftDays,
    zone,
    overview,
    items: () => cdnowItems(linesOf(file), { shiftDays, zone }),
    lines: overview.lines,
    fingerprint: await fingerprintOf(file, `cdnow ${shiftDays} ${zone}`),
  };
}

/** By how many days the last purchase of the file must be shifted, for a workspace without imports. */
export async function shiftOfFile(file: string, options: { readonly zone: string; readonly now: number }): Promise<number> {
  return shiftToYesterday((await surveyCdnow(linesOf(file))).lastDay, options);
}

/** The shift of the first import; purchases that are known keep it, so new ones need the same. */
async function storedShift(client: HttpClient): Promise<number | undefined> {
  const imports = [...(await listImports(client, SAMPLE_LABEL)), ...(await listImports(client, CDNOW_LABEL))];
  return imports.find((one) => one.shift_days !== undefined)?.shift_days;
}

function linesOf(file: string): AsyncIterable<TextLine> {
  return readLines(decodeText(createReadStream(file)));
}
