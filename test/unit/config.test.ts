import { describe, expect, it } from '@jest/globals';
import { describeSettings, readConfig, unknownVariables } from '../../app/config.js';
import { isEngineError, type ErrorPlace } from '../../contracts/errors.js';

function placesOf(env: Record<string, string>): readonly ErrorPlace[] {
  try {
    readConfig(env, '/srv');
  } catch (error) {
    if (isEngineError(error, 'config_invalid')) return error.places;
    throw error;
  }
  return [];
}

function mistakesOf(env: Record<string, string>): readonly string[] {
  return placesOf(env).map(({ pointer }) => pointer);
}

describe('the configuration', () => {
  it('is complete when nothing is set', () => {
    expect(readConfig({}, '/srv')).toEqual({
      dataDir: '/srv/data',
      host: '127.0.0.1',
      port: 4000,
      logLevel: 'info',
      timeZone: 'UTC',
    });
  });

  it('takes what is set, and an empty value for absent', () => {
    const env = {
      CEBE_DATA_DIR: '/var/cebe',
      CEBE_PORT: '0',
      CEBE_PUBLIC_URL: 'https://c.example.com/',
      CEBE_VAULT_KEY: ' ',
      MAILGUN_API_KEY: 'k',
      MAILGUN_DOMAIN: 'mg.example.com',
      CEBE_URL: 'http://localhost:4000',
      CEBE_API_KEY: 'cebe_x',
      CEBE_TIME_ZONE: 'Asia/Jakarta',
    };
    expect(readConfig(env, '/srv')).toEqual({
      dataDir: '/var/cebe',
      host: '127.0.0.1',
      port: 0,
      publicUrl: 'https://c.example.com',
      mailgun: { apiKey: 'k', domain: 'mg.example.com', url: 'https://api.mailgun.net' },
      remote: { url: 'http://localhost:4000', apiKey: 'cebe_x' },
      logLevel: 'info',
      timeZone: 'Asia/Jakarta',
    });
  });

  it('names every mistake at once, without repeating values', () => {
    const env = {
      CEBE_PORT: '70000',
      CEBE_HOST: 'a b',
      CEBE_TIME_ZONE: 'Mars/One',
      CEBE_LOG_LEVEL: 'loud',
      CEBE_PUBLIC_URL: 'ftp://x',
      MAILGUN_DOMAIN: 'mg.example.com',
      CEBE_VAULT_KEY: 'top-secret',
      CEBE_VAULT_KEY_FILE: '/k',
      MONGODB_URL: 'mongodb://user:hidden@db',
    };
    expect([...mistakesOf(env)].sort()).toEqual(
      [
        '/CEBE_HOST',
        '/CEBE_LOG_LEVEL',
        '/CEBE_PORT',
        '/CEBE_PUBLIC_URL',
        '/CEBE_TIME_ZONE',
        '/CEBE_VAULT_KEY_FILE',
        '/EVENTSTORE_URL',
        '/MAILGUN_API_KEY',
      ].sort(),
    );
    expect(() => readConfig(env, '/srv')).toThrow(
      expect.not.objectContaining({ message: expect.stringMatching(/secret|hidden/) }),
    );
  });

  const mailgun = { MAILGUN_API_KEY: 'hidden', MAILGUN_DOMAIN: 'mg.example.com', CEBE_PUBLIC_URL: 'https://c.example.com' };
  it.each<[string, Record<string, string>, string, string, string]>([
    [
      'no domain beside the key of Mailgun',
      { ...mailgun, MAILGUN_DOMAIN: ' ' },
      '/MAILGUN_DOMAIN',
      'expected it (sending domain at Mailgun) because MAILGUN_API_KEY is set',
      'found it absent',
    ],
    [
      'a domain that is none',
      { ...mailgun, MAILGUN_DOMAIN: 'https://mg' },
      '/MAILGUN_DOMAIN',
      'expected a domain name, like mg.example.com',
      'found another text, of 10 characters',
    ],
    [
      'no key beside the domain of Mailgun',
      { ...mailgun, MAILGUN_API_KEY: '' },
      '/MAILGUN_API_KEY',
      'because MAILGUN_DOMAIN is set',
      'found it absent',
    ],
    ['Mailgun without a public URL', { ...mailgun, CEBE_PUBLIC_URL: '' }, '/CEBE_PUBLIC_URL', 'with https', 'found it absent'],
    [
      'Mailgun with a public URL that is not secure',
      { ...mailgun, CEBE_PUBLIC_URL: 'http://c.example.com' },
      '/CEBE_PUBLIC_URL',
      'with https',
      'found one with http',
    ],
    [
      'an address of the engine that is none, beside its key',
      { CEBE_URL: 'localhost', CEBE_API_KEY: 'hidden' },
      '/CEBE_URL',
      'expected a URL that begins with http:// or https://',
      'found another text, of 9 characters',
    ],
    ['a level that is none', { CEBE_LOG_LEVEL: 'loud' }, '/CEBE_LOG_LEVEL', 'expected one of trace, debug', 'found another text'],
  ])('says once what was expected, what was found and where: %s', (_, env, pointer, expected, found) => {
    const places = placesOf(env);
    expect(places).toMatchObject([{ pointer, detail: expect.stringContaining(expected) }]);
    expect(places[0]?.detail).toMatch(new RegExp(`^expected .*; ${found}`));
    expect(JSON.stringify(places)).not.toMatch(/hidden|localhost|loud/);
  });

  it('refuses mixed stores, and what is no connection string', () => {
    expect(mistakesOf({ EVENTSTORE_URL: 'esdb://a' })).toEqual(['/MONGODB_URL']);
    expect(mistakesOf({ MONGODB_URL: 'mongodb://b' })).toEqual(['/EVENTSTORE_URL']);
    expect(mistakesOf({ EVENTSTORE_URL: 'http://a', MONGODB_URL: 'b:27017' })).toEqual(['/EVENTSTORE_URL', '/MONGODB_URL']);
    expect(readConfig({ EVENTSTORE_URL: 'esdb+discover://a', MONGODB_URL: 'mongodb+srv://b' }, '/').servers).toEqual({
      eventStoreUrl: 'esdb+discover://a',
      mongodbUrl: 'mongodb+srv://b',
    });
  });

  it('tells where each value comes from, and shows no secret', () => {
    const settings = describeSettings({ CEBE_PORT: '5000', CEBE_API_KEY: 'cebe_hidden' });
    expect(settings.find(({ name }) => name === 'CEBE_PORT')).toMatchObject({ value: '5000', source: 'environment' });
    expect(settings.find(({ name }) => name === 'CEBE_HOST')).toMatchObject({ value: '127.0.0.1', source: 'default' });
    expect(settings.find(({ name }) => name === 'CEBE_API_KEY')).toMatchObject({ value: '(set)' });
    expect(JSON.stringify(settings)).not.toContain('hidden');
    expect(unknownVariables({ CEBE_DATADIR: 'x', PATH: 'y', CEBE_PORT: '1' })).toEqual(['CEBE_DATADIR']);
  });
});
