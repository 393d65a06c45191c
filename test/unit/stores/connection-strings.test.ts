import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { inspect } from 'node:util';
import { checkConnectionString } from '../../../stores/event-store/eventstoredb/connection.js';
import { checkMongodbUrl, databaseIn } from '../../../stores/mongodb/connection.js';

let printed = '';

beforeEach(() => {
  printed = '';
  jest.spyOn(console, 'warn').mockImplementation((...texts: readonly unknown[]) => {
    printed += texts.join(' ');
  });
});

afterEach(() => void jest.restoreAllMocks());

function refusalOf(check: () => void): { readonly message: string; readonly shown: string } {
  try {
    check();
  } catch (error) {
    expect(error).toMatchObject({ code: 'config_invalid' });
    return { message: error instanceof Error ? error.message : '', shown: `${inspect(error, { depth: 9 })}${printed}` };
  }
  throw new Error('Expected a refusal, found none');
}

describe('a connection string of EventStoreDB', () => {
  it.each([
    ['?tls=false', 'localhost:2113'],
    ['?Tls_CA-File=ca', 'localhost'],
    ['?keepAliveInterval=10000&nodePreference=LEADER&throwOnAppendFailure=true', 'a:1,b:2'],
  ])('is let through with %s', (options, hosts) => {
    const given = `esdb+discover://cebe:s3cret@${hosts}${options}`;
    if (options.includes('CA')) expect(refusalOf(() => checkConnectionString(given)).message).toContain('File was not found');
    else expect(() => checkConnectionString(given)).not.toThrow();
    expect(printed).toBe('');
  });

  it.each([
    ['esdb://cebe:s3cret@db?tsl=false', 'found tsl'],
    ['esdb://cebe:s3cret@db?tls=false&tsl=false', 'found tsl'],
    ['esdb://cebe:s3cret@db?tls&tls=false', 'found tls&tls'],
    ['esdb://cebe:x@s3cret@db?tsl=false', 'found another one'],
    ['esdb://cebe:s3cret@db?connectionName=a@b&tsl=false', 'found another one'],
    ['esdb://cebe:s3cret@db?tlsVerifyCert=false', 'tlsCAFile'],
    ['esdb://cebe:s3cret@db?nodePreference=follower', 'leader'],
    ['esdb://cebe:s3cret@db?throw-on-append-failure=false', 'throwOnAppendFailure'],
    ['esdb://cebe:s3cret@db?tls=nope', 'expected true or false'],
    ['esdb://ce:be:s3cret@x@db:port', 'percent-encoding'],
  ])('is refused as %s, with the reason and nowhere the password', (given, reason) => {
    const { message, shown } = refusalOf(() => checkConnectionString(given));
    expect(message).toContain(reason);
    expect(shown).not.toContain('s3cret');
  });
});

describe('a connection string of MongoDB', () => {
  it.each([
    ['mongodb://cebe:s3cret@db/cebe?tsl=true', 'option tsl is not supported'],
    ['mongodb://cebe:s3cret?s3cret=x@db/cebe', 'driver refuses'],
    ['mongodb://cebe:s3/cret@db/cebe', 'unescaped'],
    ['mongodb://cebe:s3cret@db/a.b', 'the name of a database'],
    ['mongodb://cebe:s3cret@db/%zz', 'URIError'],
    [`mongodb://cebe:s3cret@db/${'a'.repeat(58)}`, 'at most 57 bytes'],
  ])('is refused as %s, with the reason and nowhere the password', (given, reason) => {
    const { message, shown } = refusalOf(() => checkMongodbUrl(given));
    expect(message).toContain(reason);
    expect(shown).not.toContain('s3cret');
  });

  it('names the database, or leaves it at cebe', () => {
    expect(databaseIn('mongodb://a,b/shop?replicaSet=rs0')).toBe('shop');
    expect(databaseIn('mongodb+srv://a/?tls=true')).toBe('cebe');
  });
});
