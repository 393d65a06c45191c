import { EngineError } from '../../../contracts/errors.js';

/** The options that the client knows, as it compares them: without case, `-` and `_`. */
const KNOWN = new Set(
  [
    ...['connectionName', 'defaultDeadline', 'discoveryInterval', 'gossipTimeout', 'keepAliveInterval', 'keepAliveTimeout'],
    ...['maxDiscoverAttempts', 'nodePreference', 'throwOnAppendFailure', 'tls', 'tlsCAFile', 'tlsVerifyCert'],
    ...['userCertFile', 'userKeyFile'],
  ].map(flat),
);

/**
 * Refuses the options that the client does not know or cannot serve us with. About some of them it would write a warning to the console, and in
 * that the whole connection string with its password. Throws `config_invalid`.
 */
export function checkOptions(connectionString: string, address: string): void {
  const refuse = (expected: string, found: string): never => {
    throw new EngineError('config_invalid', `Expected ${expected} in the connection string of ${address}, found ${found}`);
  };
  const rest = withoutCredentials(connectionString);
  const query = rest.includes('?') ? rest.slice(rest.indexOf('?')) : '';
  // The client's own idea of a key and a value, so that it warns of nothing that was not looked at here.
  for (const [, key = '', value = ''] of query.matchAll(/[?&]([^=]+)=([^&?]+)/gy)) {
    const option = `${flat(key)}=${flat(value)}`;
    if (!KNOWN.has(flat(key))) refuse('options that the client knows', rest.includes('@') ? 'another one' : key);
    if (option === 'throwonappendfailure=false') refuse('throwOnAppendFailure to be left true', 'false');
    if (option === 'tlsverifycert=false') refuse('tlsCAFile with the authority of the certificates', 'tlsVerifyCert=false');
    if (option.startsWith('nodepreference=') && option !== 'nodepreference=leader')
      refuse('nodePreference to be left at leader', 'another one');
  }
}

/** The connection string without user and password, taken off where the client takes them off: up to the first @. */
export function withoutCredentials(connectionString: string): string {
  return connectionString.trim().replace(/^([^:]+:\/\/)[^:]+:[^@]+@/, '$1');
}

function flat(text: string): string {
  return text.trim().toLowerCase().replaceAll(/[_-]/g, '');
}
