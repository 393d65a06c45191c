/** A funnel as the API answers it. */
export interface FunnelAnswer {
  readonly audience: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly steps: Readonly<
    Record<
      string,
      {
        readonly people: number;
        readonly total: number;
        readonly of: string;
        readonly denominator: number;
        readonly rate?: number | undefined;
      }
    >
  >;
}

const WIDTH = 40;
const shownSteps = ['delivered', 'opened', 'clicked', 'unsubscribed', 'bounced', 'complained'];

/** The funnel as bars, each rate with what it is a part of. */
export function funnelPicture({ audience, outcomes, steps }: FunnelAnswer): string {
  const row = (name: string, people: number, note: string): string =>
    `${name.padEnd(13)}${people.toLocaleString('en').padStart(7)}  ${bar(people, audience)}  ${note}`.trimEnd();
  const lines = [
    row('audience', audience, ''),
    row('sent', outcomes['sent'] ?? 0, share(outcomes['sent'] ?? 0, audience, 'audience')),
  ];
  for (const name of shownSteps) {
    const step = steps[name];
    if (step === undefined) continue;
    const again = step.total > step.people ? `, ${step.total.toLocaleString('en')} in all` : '';
    lines.push(row(name, step.people, `${share(step.people, step.denominator, step.of)}${again}`));
  }
  for (const name of ['suppressed', 'failed', 'uncertain', 'cancelled']) {
    const people = outcomes[name] ?? 0;
    if (people > 0) lines.push(row(name, people, share(people, audience, 'audience')));
  }
  return lines.join('\n');
}

function bar(people: number, audience: number): string {
  const filled = audience === 0 ? 0 : Math.round((people / audience) * WIDTH);
  const drawn = people > 0 ? Math.max(1, filled) : 0;
  return '█'.repeat(drawn).padEnd(WIDTH, '·');
}

function share(people: number, denominator: number, of: string): string {
  return denominator === 0 ? '' : `${((100 * people) / denominator).toFixed(1)} % of ${denominator.toLocaleString('en')} ${of}`;
}
