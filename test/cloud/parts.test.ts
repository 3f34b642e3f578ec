import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { root } from '../drift/sources.ts';

/** What scripts/cloud/parts.cjs makes of the settings of a shell. */
const partsOf = (environment: Record<string, string>) =>
  JSON.parse(
    execFileSync(process.execPath, ['-p', "JSON.stringify(require('./scripts/cloud/parts.cjs')())"], {
      cwd: root,
      encoding: 'utf8',
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );

describe('what the stack makes', () => {
  test('is everything, where nothing is given', () => {
    expect(partsOf({})).toMatchObject({ network: 'made', cache: 'made', cassandra: 'keyspaces' });
  });

  test('is nothing for local gateways, whose settings name everything', () => {
    expect(partsOf({ PARLEY_LOCAL: 'true', PARLEY_ORIGINS: 'https://a.example' })).toMatchObject({
      vpc: null,
      resources: {},
      settings: { PARLEY_ORIGINS: 'https://a.example' },
    });
  });

  test('is no table, where those of an earlier stack were kept', () => {
    const { cassandra, resources } = partsOf({ PARLEY_TABLES: 'kept' });
    expect({ cassandra, tables: resources.tables }).toEqual({ cassandra: 'keyspaces', tables: null });
  });

  test('is no network, where none is wanted and the stores are elsewhere', () => {
    const parts = partsOf({ PARLEY_VPC: 'none', PARLEY_REDIS_URL: 'rediss://redis.example' });
    expect(parts.vpc).toBeNull();
    expect(parts.resources).toMatchObject({ network: null, nat: null, cache: null, cassandra: null });
  });

  test.each([
    ['PARLEY_VPC=none needs PARLEY_REDIS_URL', { PARLEY_VPC: 'none' }],
    ['PARLEY_VPC needs PARLEY_SUBNETS', { PARLEY_VPC: 'vpc-1' }],
    ['PARLEY_PAGE_DOMAIN needs PARLEY_PAGE_CERTIFICATE', { PARLEY_PAGE_DOMAIN: 'chat.example' }],
    ['PARLEY_CASSANDRA_SECRET needs PARLEY_CASSANDRA_USER', { PARLEY_CASSANDRA_SECRET: 'theirs' }],
    [
      'PARLEY_LOGS_DESTINATION needs PARLEY_LOGS_ROLE',
      { PARLEY_LOGS_DESTINATION: 'arn:aws:firehose:eu-central-1:123456789012:deliverystream/logs' },
    ],
  ])('is refused where it could not work: %s', (said, environment) => {
    expect(() => partsOf(environment as Record<string, string>)).toThrow(said);
  });

  test.each([
    ['PARLEY_CASSANDRA_PASSWORD', { PARLEY_CASSANDRA_PASSWORD: 'plain' }],
    ['PARLEY_TOKEN_KEY', { PARLEY_TOKEN_KEY: '{"seed":"plain"}' }],
    ['PARLEY_REDIS_URL', { PARLEY_REDIS_URL: 'rediss://parley:plain@redis.example' }],
  ])('is refused where it would hold a secret, but for local gateways: %s', (name, environment) => {
    const given = environment as Record<string, string>;
    expect(() => partsOf(given)).toThrow(new RegExp(`${name} .*secret`));
    expect(() => partsOf({ ...given, PARLEY_LOCAL: 'true' })).not.toThrow();
  });
});
