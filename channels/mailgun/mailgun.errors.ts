/** Mailgun answered, and not with success. */
export class MailgunAnswerError extends Error {
  readonly status: number;
  readonly retryAfter: string | null;

  constructor(status: number, reason: string, retryAfter: string | null) {
    super(reason);
    this.name = 'MailgunAnswerError';
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** No answer was read to its end. `sent`: whether the request can have reached Mailgun. */
export class MailgunNetworkError extends Error {
  readonly sent: 'nothing' | 'perhaps';
  readonly code: string;

  constructor(sent: 'nothing' | 'perhaps', code: string, cause: unknown) {
    super(`no answer from Mailgun: ${code}`, { cause });
    this.name = 'MailgunNetworkError';
    this.sent = sent;
    this.code = code;
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? (value as Record<string, unknown>)[name] : undefined; // just checked
}

// Before the connection stands no byte of the request has left: name look-up, connecting, and the server's certificate.
const beforeSending = /^(?:UND_ERR_CONNECT_TIMEOUT|CERT_|ERR_TLS_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_)/;

function failedBeforeSending(cause: unknown): boolean {
  const attempts = property(cause, 'errors');
  if (Array.isArray(attempts) && attempts.length > 0) return attempts.every(failedBeforeSending);
  const syscall = property(cause, 'syscall');
  const code = property(cause, 'code');
  return syscall === 'connect' || syscall === 'getaddrinfo' || (typeof code === 'string' && beforeSending.test(code));
}

/** What a rejected `fetch` tells: only what certainly happened before sending is `nothing`; a time-out or reset is `perhaps`. */
export function networkError(error: unknown): MailgunNetworkError {
  const cause = property(error, 'cause') ?? error;
  const code = property(cause, 'code') ?? property(cause, 'name') ?? 'unknown';
  return new MailgunNetworkError(
    failedBeforeSending(cause) ? 'nothing' : 'perhaps',
    typeof code === 'string' ? code : 'TimeoutError',
    error,
  );
}
