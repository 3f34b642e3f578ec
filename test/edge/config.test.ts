import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../lib/config.ts';

describe('the settings', () => {
  test('have defaults, and an empty one counts as not given', () => {
    expect(readConfig({})).toEqual(readConfig({ PARLEY_REDIS_URL: '', PARLEY_SENDS_PER_SECOND: '' }));
    expect(readConfig({})).toMatchObject({
      PARLEY_SENDS_PER_SECOND: 5,
      PARLEY_REDIS_CLUSTER: false,
      PARLEY_GATEWAY_DRIVER: 'poster',
      PARLEY_OLDER_PAGES: 'decisive',
      PARLEY_ISSUERS: [],
    });
  });

  test('are read by their kind', () => {
    const issuer = { issuer: 'https://id.example', jwksUri: 'https://id.example/keys', audience: 'chat' };
    expect(
      readConfig({
        PARLEY_REDIS_CLUSTER: 'true',
        PARLEY_CASSANDRA_CONTACT_POINTS: 'a, b',
        PARLEY_GATEWAY_DRIVER: 'sdk',
        PARLEY_ISSUERS: JSON.stringify([issuer]),
      }),
    ).toMatchObject({
      PARLEY_REDIS_CLUSTER: true,
      PARLEY_CASSANDRA_CONTACT_POINTS: ['a', 'b'],
      PARLEY_GATEWAY_DRIVER: 'sdk',
      PARLEY_ISSUERS: [issuer],
    });
  });

  test('that are wrong are all named at once, without their values', () => {
    const wrong = {
      PARLEY_REDIS_CLUSTER: 'maybe',
      PARLEY_SENDS_PER_SECOND: '-1',
      PARLEY_ISSUERS: '{"secret"',
      PARLEY_GATEWAY_DRIVER: 'x',
    };
    expect(() => readConfig(wrong)).toThrow(
      /^these settings are malformed: PARLEY_REDIS_CLUSTER, PARLEY_GATEWAY_DRIVER, PARLEY_ISSUERS, PARLEY_SENDS_PER_SECOND$/,
    );
  });

  test('cannot be changed', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true);
  });
});
