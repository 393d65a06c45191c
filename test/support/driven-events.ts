/** One event as a module sends it. */
export interface DrivenEvent {
  readonly type: string;
  readonly message_id: string;
  readonly customer: { readonly qontak_customer_id?: string; readonly identifiers?: { readonly email: string } };
  readonly properties: Readonly<Record<string, string | number>>;
}

/** What modules push, without end. */
export interface DrivenEvents {
  /** Of a customer, or an address, that was named before or never. */
  readonly next: () => DrivenEvent;
  /** An order of a new customer with an address of their own. */
  readonly newcomer: () => DrivenEvent;
}

const NAMED_CUSTOMERS = 60;
const CITIES = ['Jakarta', 'Bandung', 'Surabaya'];

/** Events that are the same for the same random numbers. */
export function createDrivenEvents(random: () => number): DrivenEvents {
  let made = 0;
  const below = (limit: number): number => Math.floor(random() * limit);

  const order = (): Pick<DrivenEvent, 'type' | 'properties'> => {
    const created_at = new Date().toISOString();
    return {
      type: 'order_created',
      properties: { order_id: `o${String(made)}`, amount: below(900) + 1, currency: 'USD', created_at },
    };
  };
  const customer = (): DrivenEvent['customer'] => {
    const who = random();
    // New addresses all the time, and old ones again.
    const identifiers = { email: `p${String(below(20 + made / 3))}@mail.example` };
    if (who < 0.3) return { identifiers };
    const named = { qontak_customer_id: `k${String(below(NAMED_CUSTOMERS))}` };
    return who < 0.45 ? { ...named, identifiers } : named;
  };
  const next = (): DrivenEvent => {
    made += 1;
    const about = { message_id: `m${String(made)}`, customer: customer() };
    if (random() < 0.6) return { ...about, ...order() };
    return { ...about, type: 'customer.updated', properties: { city: CITIES[below(CITIES.length)] ?? '' } };
  };
  const newcomer = (): DrivenEvent => {
    made += 1;
    const name = `n${String(made)}`;
    const customer = { qontak_customer_id: name, identifiers: { email: `${name}@mail.example` } };
    return { message_id: `m${String(made)}`, customer, ...order() };
  };
  return { next, newcomer };
}
