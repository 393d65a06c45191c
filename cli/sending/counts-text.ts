import type { SendCounts } from './send-windows.js';

/** Counts as people read them. */
export function countsText({ accepted, duplicate, quarantined, rejected }: SendCounts): string {
  const parts = [`${number(accepted)} accepted`, `${number(duplicate)} duplicate`, `${number(quarantined)} quarantined`];
  return [...parts, ...(rejected === 0 ? [] : [`${number(rejected)} not readable`])].join(', ');
}

function number(value: number): string {
  return value.toLocaleString('en');
}
