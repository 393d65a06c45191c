export interface FirstStepsOptions {
  readonly url: string;
  /** The owner's key, when it is known. */
  readonly key: string | undefined;
  /** A customer of the sample. */
  readonly customerId: string;
  readonly now: Date;
}

/** What a newcomer can do next: one call that changes something, one that shows it, and where to look. */
export function firstSteps({ url, key = '<your key>', customerId, now }: FirstStepsOptions): string {
  const createdAt = now.toISOString().replace(/\.\d{3}Z$/, 'Z');
  const order = { order_id: 'hello-1', amount: '42.00', currency: 'USD', quantity: 2, created_at: createdAt };
  const event = { type: 'order_created', message_id: 'hello-1', customer: { qontak_customer_id: customerId }, properties: order };
  const next = [
    [`npx cebe customer timeline ${customerId}`, 'everything that happened to a customer'],
    ['npx cebe projection list', 'every read model with its state'],
    ['npx cebe tail', 'new events as they come'],
    ['npx cebe --help', 'every command'],
    ['npm run demo', 'the whole loop: segment, campaign, reactions, funnel'],
  ] as const;
  const width = Math.max(...next.map(([command]) => command.length));
  return [
    '',
    `Send an order of customer ${customerId}:`,
    '',
    `  curl -s ${url}/v1/events -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' \\`,
    `    -d '${JSON.stringify({ events: [event] })}'`,
    '',
    'and see it in their profile (send it again: nothing changes, the message is known):',
    '',
    `  curl -s ${url}/v1/customers/${customerId} -H 'Authorization: Bearer ${key}'`,
    '',
    `Every call, to read and to try: ${url}/docs`,
    '',
    'Next, in another terminal in this folder:',
    '',
    ...next.map(([command, purpose]) => `  ${command.padEnd(width)}   ${purpose}`),
    '',
  ].join('\n');
}
