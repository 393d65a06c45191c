import { isAbsolute, resolve } from 'node:path';
import { EngineError, type ErrorPlace } from '../contracts/errors.js';
import { configVariables, type ConfigName, type ConfigVariable, type LogLevel } from './config-variables.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the stores are when they are on servers; both hold credentials. */
export interface ServersConfig {
  readonly eventStoreUrl: string;
  readonly mongodbUrl: string;
}

export interface MailgunConfig {
  readonly apiKey: string;
  readonly domain: string;
  readonly url: string;
}

/** What the engine and the commands are told from outside; checked, and complete but for what is off. */
export interface Config {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  /** Without a slash at the end. Absent: the address that the engine came to listen on. */
  readonly publicUrl?: string;
  /** Absent: the embedded stores of the data folder. */
  readonly servers?: ServersConfig;
  readonly vaultKey?: string;
  readonly vaultKeyFile?: string;
  /** Absent: the outbox. */
  readonly mailgun?: MailgunConfig;
  /** Signs the provider's callbacks. */
  readonly webhookKey?: string;
  /** Addresses and ranges; absent: none. */
  readonly trustedProxies?: readonly string[];
  readonly logLevel: LogLevel;
  readonly timeZone: string;
  /** The engine that commands speak to, instead of the one of the data folder. */
  readonly remote?: { readonly url: string; readonly apiKey: string };
}

/** One value as `cebe doctor` shows it: secrets are `(set)`. */
export interface Setting {
  readonly name: string;
  readonly value: string;
  readonly source: 'environment' | 'default' | 'absent';
  readonly purpose: string;
}

type Values = Readonly<Partial<Record<ConfigName, string | number>>>;

interface Readings {
  /** Those that are valid. */
  readonly values: Values;
  /** Everything that the environment holds, also what is not valid. */
  readonly given: ReadonlySet<ConfigName>;
  readonly mistakes: readonly ErrorPlace[];
}

/** Reads the configuration; throws `config_invalid` that names every mistake at once. Relative paths start at `cwd`. */
export function readConfig(env: Environment, cwd: string): Config {
  const { values, given, mistakes } = readValues(env);
  const all = [...mistakes, ...mistakesBetween(values, given)];
  if (all.length > 0) {
    const message = `The environment has ${all.length === 1 ? 'a mistake' : `${all.length} mistakes`}.`;
    throw new EngineError('config_invalid', message, { places: all });
  }
  return configOf(values, cwd);
}

/** Every variable with its value and where that comes from, also when some are wrong. */
export function describeSettings(env: Environment): readonly Setting[] {
  return configVariables.map((variable: ConfigVariable) => {
    const given = present(env[variable.name]);
    const source = given !== undefined ? 'environment' : variable.fallback === undefined ? 'absent' : 'default';
    const value = given === undefined ? String(variable.fallback ?? '') : variable.secret ? '(set)' : given;
    return { name: variable.name, value, source, purpose: variable.purpose };
  });
}

/** Variables that begin with CEBE_ and mean nothing: likely a slip of the pen. */
export function unknownVariables(env: Environment): readonly string[] {
  const known = new Set<string>(configVariables.map((variable) => variable.name));
  return Object.keys(env).filter((name) => name.startsWith('CEBE_') && !known.has(name));
}

function readValues(env: Environment): Readings {
  const values: Partial<Record<ConfigName, string | number>> = {};
  const known = new Set<ConfigName>();
  const mistakes: ErrorPlace[] = [];
  for (const variable of configVariables) {
    const given = present(env[variable.name]);
    if (given === undefined) {
      if ('fallback' in variable) values[variable.name] = variable.fallback;
      continue;
    }
    known.add(variable.name);
    const result = variable.schema.safeParse(given);
    if (result.success) values[variable.name] = result.data;
    else {
      const expected = result.error.issues[0]?.message ?? 'expected another value';
      // The value itself is left out: it may be a secret in the wrong variable.
      mistakes.push(mistake(variable.name, `${expected}; found another text, of ${given.length} characters`));
    }
  }
  return { values, given: known, mistakes };
}

/** Compose files set what is unused to nothing. */
function present(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === '' ? undefined : trimmed;
}

function mistakesBetween(values: Values, given: ReadonlySet<ConfigName>): readonly ErrorPlace[] {
  const mistakes: ErrorPlace[] = [];
  const { EVENTSTORE_URL: log, MONGODB_URL: documents } = values;
  if ((log === undefined) !== (documents === undefined)) {
    const [missing, other] =
      log === undefined ? (['EVENTSTORE_URL', 'MONGODB_URL'] as const) : (['MONGODB_URL', 'EVENTSTORE_URL'] as const);
    const detail = `expected it beside ${other}, or neither, since embedded and server stores are not mixed; found it absent`;
    mistakes.push(mistake(missing, detail));
  }
  mistakes.push(...together(given, 'MAILGUN_API_KEY', 'MAILGUN_DOMAIN'), ...together(given, 'CEBE_URL', 'CEBE_API_KEY'));
  mistakes.push(...unsubscribable(values, given));
  if (values.CEBE_VAULT_KEY !== undefined && values.CEBE_VAULT_KEY_FILE !== undefined) {
    mistakes.push(mistake('CEBE_VAULT_KEY_FILE', 'expected either it or CEBE_VAULT_KEY, found both'));
  }
  return mistakes;
}

function together(given: ReadonlySet<ConfigName>, one: ConfigName, other: ConfigName): readonly ErrorPlace[] {
  if (given.has(one) === given.has(other)) return [];
  const [missing, set] = given.has(one) ? [other, one] : [one, other];
  const purpose = configVariables.find(({ name }) => name === missing)?.purpose ?? '';
  return [mistake(missing, `expected it (${purpose}) because ${set} is set; found it absent`)];
}

/** Mailgun starts with one-click unsubscribe or not at all. */
function unsubscribable({ CEBE_PUBLIC_URL: url }: Values, given: ReadonlySet<ConfigName>): readonly ErrorPlace[] {
  const isAbsent = !given.has('CEBE_PUBLIC_URL');
  const isRight = !isAbsent && (url === undefined || new URL(String(url)).protocol === 'https:');
  if (!given.has('MAILGUN_API_KEY') || isRight) return [];
  const found = isAbsent ? 'it absent' : 'one with http';
  return [
    mistake('CEBE_PUBLIC_URL', `expected a URL with https, which links to unsubscribe through Mailgun need; found ${found}`),
  ];
}

function mistake(name: ConfigName, detail: string): ErrorPlace {
  return { pointer: `/${name}`, detail };
}

function configOf(values: Values, cwd: string): Config {
  const read = (name: ConfigName): string | undefined => (values[name] === undefined ? undefined : String(values[name]));
  const dataDir = read('CEBE_DATA_DIR') ?? './data';
  const [url, apiKey] = [read('CEBE_URL'), read('CEBE_API_KEY')];
  const mailgun = mailgunOf(read);
  const proxies = read('CEBE_TRUSTED_PROXIES');
  const [eventStoreUrl, mongodbUrl] = [read('EVENTSTORE_URL'), read('MONGODB_URL')];
  return {
    dataDir: isAbsolute(dataDir) ? dataDir : resolve(cwd, dataDir),
    host: read('CEBE_HOST') ?? '127.0.0.1',
    port: Number(values.CEBE_PORT),
    // Checked against the list of levels above.
    logLevel: (read('CEBE_LOG_LEVEL') ?? 'info') as LogLevel,
    timeZone: read('CEBE_TIME_ZONE') ?? 'UTC',
    ...optional('publicUrl', read('CEBE_PUBLIC_URL')),
    ...(eventStoreUrl === undefined || mongodbUrl === undefined ? {} : { servers: { eventStoreUrl, mongodbUrl } }),
    ...(proxies === undefined ? {} : { trustedProxies: proxies.split(',').map((range) => range.trim()) }),
    ...optional('vaultKey', read('CEBE_VAULT_KEY')),
    ...optional('vaultKeyFile', read('CEBE_VAULT_KEY_FILE')),
    ...(mailgun === null ? {} : { mailgun }),
    ...optional('webhookKey', read('MAILGUN_WEBHOOK_KEY')),
    ...(url === undefined || apiKey === undefined ? {} : { remote: { url, apiKey } }),
  };
}

function mailgunOf(read: (name: ConfigName) => string | undefined): MailgunConfig | null {
  const [apiKey, domain] = [read('MAILGUN_API_KEY'), read('MAILGUN_DOMAIN')];
  if (apiKey === undefined || domain === undefined) return null;
  const url = read('MAILGUN_URL') ?? 'https://api.mailgun.net';
  return { apiKey, domain, url };
}

function optional<Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>> {
  // An object with one computed key: TypeScript widens the key to string.
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<Key, string>>);
}
