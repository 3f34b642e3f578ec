import { describe, expect, test } from '@jest/globals';
import { readConfig, settingNames } from '../../lib/config.ts';
import {
  everyStage,
  givenParts,
  ofType,
  stages,
  type Template,
  templateOf,
} from '../support/cloud/stages.ts';

const ours = settingNames.filter((name) => !name.startsWith('AWS_')).sort();
const environmentsOf = (template: Template): Record<string, unknown>[] =>
  ofType(template, 'AWS::Lambda::Function').map(([, { Properties }]) => Properties.Environment.Variables);

/** A reference as what it would be: enough for the reader of settings. */
const filledIn = (environment: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => {
      const parts = (value as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join']?.[1];
      const text = (part: unknown) => (typeof part === 'string' ? part : 'made');
      return [name, parts ? parts.map(text).join('') : text(value)];
    }),
  );

describe.each(everyStage)('settings of the functions of %s', (stage) => {
  const environments = environmentsOf(templateOf(stage));

  test('every setting that is read is set, and every one set is read', () => {
    for (const environment of environments) expect(Object.keys(environment).sort()).toEqual(ours);
  });

  test('none is malformed', () => {
    for (const environment of environments) expect(() => readConfig(filledIn(environment))).not.toThrow();
  });

  test('none holds a secret', () => {
    for (const environment of environments) {
      const { PARLEY_TOKEN_KEY, PARLEY_CASSANDRA_PASSWORD, PARLEY_REDIS_URL } = environment;
      expect([PARLEY_TOKEN_KEY, PARLEY_CASSANDRA_PASSWORD]).toEqual(['', '']);
      expect(new URL(filledIn({ PARLEY_REDIS_URL }).PARLEY_REDIS_URL ?? '').password).toBe('');
    }
  });
});

describe.each(stages)('a stage that makes its stores: %s', (stage) => {
  const settings = readConfig(filledIn(environmentsOf(templateOf(stage))[0] ?? {}));

  test('is told of them', () => {
    expect(settings).toMatchObject({
      PARLEY_REDIS_CLUSTER: true,
      PARLEY_CASSANDRA_SERVICE: 'keyspaces',
      PARLEY_CASSANDRA_PORT: 9142,
      PARLEY_CASSANDRA_KEYSPACE: `parley_${stage}`,
    });
    expect(settings.PARLEY_REDIS_URL).toMatch(/^rediss:\/\/parley@/);
    expect(settings.PARLEY_GATEWAY_ENDPOINT).toMatch(new RegExp(`^https://.*/${stage}$`));
  });
});

test('a stage that is given its stores is told of those', () => {
  const settings = environmentsOf(templateOf('theirs'))[0] ?? {};
  const given = Object.entries(givenParts).filter(([name]) => /^PARLEY_(REDIS|CASSANDRA|KEYS)_/.test(name));
  expect(settings).toMatchObject(Object.fromEntries(given));
  expect(settings.PARLEY_CASSANDRA_SERVICE).toBe('');
  expect(settings.PARLEY_ORIGINS).toEqual({
    'Fn::Join': ['', ['https://their.example', ',', 'https://chat.example']],
  });
});
