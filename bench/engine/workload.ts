/** What is pushed. `order`: no personal field; `order_sealed`: two undeclared properties, sealed; `created`: e-mail, first name and city, sealed. */
export type EventKind = 'order' | 'order_sealed' | 'created';

/** The id of a customer by number. */
export function customerId(number: number): string {
  return `k${String(number)}`;
}

/** One event as JSON text; `serial` makes its message id unique. */
export function eventText(kind: EventKind, serial: string, customer: number): string {
  const id = customerId(customer);
  if (kind === 'created') {
    const about = `"email":"${id}@bench.example","first_name":"Ada ${id}","city":"Bandung"`;
    return `{"type":"customer.created","message_id":"${serial}","customer":{"qontak_customer_id":"${id}"},"properties":{${about}}}`;
  }
  const minute = String(customer % 60).padStart(2, '0');
  const order = `"order_id":"${serial}","amount":${String(1 + (customer % 900))}.5,"currency":"USD","quantity":2,"created_at":"2026-06-${day(customer)}T10:${minute}:00+07:00"`;
  const sealed = kind === 'order_sealed' ? `,"shop":"Bandung Utara","coupon":"WELCOME-${String(customer % 50)}"` : '';
  return `{"type":"order_created","message_id":"${serial}","customer":{"qontak_customer_id":"${id}"},"properties":{${order}${sealed}}}`;
}

function day(customer: number): string {
  return String(1 + (customer % 28)).padStart(2, '0');
}
