import { z } from 'zod';

const group = z.object({ op: z.enum(['AND', 'OR', 'NOT']), rules: z.array(z.unknown()) });
const attribute = z.object({ type: z.literal('attribute'), field: z.string(), op: z.string(), value: z.unknown() });
const behavior = z.object({
  type: z.literal('behavior'),
  event: z.string(),
  op: z.string(),
  within_days: z.number().optional(),
  count_gte: z.number().optional(),
  count_lte: z.number().optional(),
});

/** The parts of a rule, a line each, indented as they stand in one another, with what `told` says about the part at a pointer. */
export function describeParts(rule: unknown, told: (pointer: string) => string): readonly string[] {
  const lines: { readonly said: string; readonly text: string }[] = [];
  const add = (part: unknown, pointer: string, indent: string): void => {
    lines.push({ said: told(pointer), text: `${indent}${textOf(part)}` });
    const parsed = group.safeParse(part);
    if (!parsed.success) return;
    parsed.data.rules.forEach((inner, index) => add(inner, `${pointer}/rules/${String(index)}`, `${indent}  `));
  };
  add(rule, '/rule', '');
  const width = Math.max(...lines.map(({ said }) => said.length));
  return lines.map(({ said, text }) => `${said.padStart(width)}  ${text}`);
}

function textOf(part: unknown): string {
  const tested = attribute.safeParse(part);
  if (tested.success) {
    const { field, op, value } = tested.data;
    return `${field} ${op} ${value === undefined ? '(kept as a hash)' : JSON.stringify(value)}`;
  }
  const done = behavior.safeParse(part);
  if (!done.success) return group.safeParse(part).data?.op ?? '?';
  const { event, op, within_days: days, count_gte: min, count_lte: max } = done.data;
  const counts = [
    ...(min === undefined ? [] : [`at least ${String(min)}`]),
    ...(max === undefined ? [] : [`at most ${String(max)}`]),
  ];
  const window = days === undefined ? [] : [`within ${String(days)} days`];
  return [`${op} ${event}`, ...counts, ...window].join(', ');
}
