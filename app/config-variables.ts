import { z } from 'zod';
import { isAddressRange } from '../api/address-ranges.js';

/** One variable of the environment: what it may hold, and whether its value may be shown. */
export interface ConfigVariable {
  readonly name: string;
  readonly schema: z.ZodType<string | number>;
  /** What counts when it is absent; without one, the feature it stands for is off. */
  readonly fallback?: string | number;
  readonly secret: boolean;
  readonly purpose: string;
}

const text = z.string();
const httpUrl = z
  .url({ protocol: /^https?$/, error: 'expected a URL that begins with http:// or https://' })
  .transform((url) => url.replace(/\/+$/, ''));
const port = z
  .string()
  .regex(/^\d{1,5}$/, 'expected a port number')
  .transform(Number)
  .refine((value) => value <= 65_535, 'expected a port from 0 to 65535');
const eventStoreUrl = text.regex(
  /^esdb(\+discover)?:\/\/\S+$/,
  'expected a connection string that begins with esdb:// or esdb+discover://',
);
const mongodbUrl = text.regex(
  /^mongodb(\+srv)?:\/\/\S+$/,
  'expected a connection string that begins with mongodb:// or mongodb+srv://',
);
const host = text.regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'expected a host name or an IP address');
const domain = text.regex(/^(?=.{1,253}$)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/, 'expected a domain name, like mg.example.com');
const ranges = text.refine(
  (list) => list.split(',').every((range) => isAddressRange(range.trim())),
  'expected IP addresses and CIDR ranges with commas between, like 10.0.0.0/8',
);
const timeZone = text.refine(isTimeZone, 'expected an IANA time zone, like Asia/Jakarta');

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

const logLevel = z.enum(logLevels, `expected one of ${logLevels.join(', ')}`);

/** How much the engine logs. */
export type LogLevel = (typeof logLevels)[number];

/** Every variable that the engine reads, in the order in which `cebe doctor` prints them. */
export const configVariables = [
  variable('CEBE_DATA_DIR', { schema: text, fallback: './data', purpose: 'folder of the embedded stores' }),
  variable('CEBE_URL', { schema: httpUrl, purpose: 'engine that commands speak to' }),
  variable('CEBE_API_KEY', { schema: text, purpose: 'key that commands use there', secret: true }),
  variable('CEBE_HOST', { schema: host, fallback: '127.0.0.1', purpose: 'address to listen on' }),
  variable('CEBE_PORT', { schema: port, fallback: 4000, purpose: 'port to listen on; 0 takes a free one' }),
  variable('EVENTSTORE_URL', { schema: eventStoreUrl, purpose: 'EventStoreDB instead of the embedded log', secret: true }),
  variable('MONGODB_URL', { schema: mongodbUrl, purpose: 'MongoDB instead of the embedded documents and vault', secret: true }),
  variable('CEBE_VAULT_KEY', { schema: text, purpose: 'key that wraps the customers’ keys', secret: true }),
  variable('CEBE_VAULT_KEY_FILE', { schema: text, purpose: 'file that holds that key' }),
  variable('MAILGUN_API_KEY', { schema: text, purpose: 'sends through Mailgun instead of the outbox', secret: true }),
  variable('MAILGUN_DOMAIN', { schema: domain, purpose: 'sending domain at Mailgun' }),
  variable('MAILGUN_URL', { schema: httpUrl, fallback: 'https://api.mailgun.net', purpose: 'region of Mailgun' }),
  variable('MAILGUN_WEBHOOK_KEY', { schema: text, purpose: 'checks the signature of Mailgun’s callbacks', secret: true }),
  variable('CEBE_PUBLIC_URL', { schema: httpUrl, purpose: 'where recipients reach the engine; absent: http://<host>:<port>' }),
  variable('CEBE_TRUSTED_PROXIES', { schema: ranges, purpose: 'proxies whose X-Forwarded-For is believed, with commas between' }),
  variable('CEBE_LOG_LEVEL', { schema: logLevel, fallback: 'info', purpose: `one of ${logLevels.join(', ')}` }),
  variable('CEBE_TIME_ZONE', { schema: timeZone, fallback: 'UTC', purpose: 'time zone of new workspaces' }),
] as const;

export type ConfigName = (typeof configVariables)[number]['name'];

interface VariableSpec<Value extends string | number> {
  readonly schema: z.ZodType<Value>;
  readonly fallback?: Value;
  readonly purpose: string;
  readonly secret?: true;
}

function variable<Name extends string, Value extends string | number>(name: Name, spec: VariableSpec<Value>) {
  return { ...spec, name, secret: spec.secret === true };
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
