import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What each stage was packaged to, once for all tests: those of serverless.yml, and some that are given parts. */
export const stages = ['dev', 'staging', 'prod'] as const;

/** A stage whose network and stores are given. */
export const givenParts = {
  PARLEY_VPC: 'vpc-0123456789abcdef0',
  PARLEY_SUBNETS: 'subnet-0123456789abcdef0,subnet-0123456789abcdef1',
  PARLEY_REDIS_URL: 'rediss://redis.example:6380',
  PARLEY_REDIS_SECRET: 'redis-of-theirs',
  PARLEY_KEYS_SECRET: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:keys-abcdef',
  PARLEY_CASSANDRA_CONTACT_POINTS: 'cassandra.example',
  PARLEY_CASSANDRA_PORT: '9043',
  PARLEY_CASSANDRA_USER: 'parley',
  PARLEY_CASSANDRA_SECRET: 'cassandra-of-theirs',
  PARLEY_CASSANDRA_TLS_SERVER_NAME: 'cassandra.example',
  PARLEY_PAGE_DOMAIN: 'chat.example',
  PARLEY_PAGE_CERTIFICATE:
    'arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef',
  PARLEY_ORIGINS: 'https://their.example',
  PARLEY_ALARM_TOPIC: 'arn:aws:sns:eu-central-1:123456789012:alarms',
};

const pick = (names: RegExp): Record<string, string> =>
  Object.fromEntries(Object.entries(givenParts).filter(([name]) => names.test(name)));

const network = pick(/VPC|SUBNETS/);
const redis = pick(/REDIS/);
const cassandra = pick(/CASSANDRA/);

/** What is given to stages that have a name of their own, from all to little; and what they are deployed with. */
export const given = {
  theirs: { environment: givenParts, params: [] },
  /** Their network, our stores; and their store of logs. */
  inside: {
    environment: {
      ...network,
      PARLEY_LOGS_DESTINATION: 'arn:aws:firehose:eu-central-1:123456789012:deliverystream/logs',
      PARLEY_LOGS_ROLE: 'arn:aws:iam::123456789012:role/logs',
    },
    params: [],
  },
  /** No network at all. */
  outside: { environment: { ...redis, PARLEY_VPC: 'none' }, params: [] },
  onredis: { environment: redis, params: [] },
  oncassandra: { environment: cassandra, params: [] },
  /** As docs/OPERATIONS.md has it, halfway through the restoring of all tables. */
  restored: {
    environment: { PARLEY_TABLES: 'kept', PARLEY_CASSANDRA_KEYSPACE: 'parley_restored_2' },
    params: ['halt=true', 'cache=2', 'watchMinutes=0'],
  },
};

export type Stage = (typeof stages)[number] | keyof typeof given;
export const givenStages = Object.keys(given) as (keyof typeof given)[];
export const everyStage: Stage[] = [...stages, ...givenStages];

/** What a stage is packaged by: settings of the shell, and arguments of the Framework. */
export const packagedBy = (stage: Stage): { environment: Record<string, string>; args: string[] } => {
  const { environment, params } =
    stage in given ? given[stage as keyof typeof given] : { environment: {}, params: [] };
  return {
    environment,
    args: ['package', '--stage', stage, ...params.flatMap((param) => ['--param', param])],
  };
};

export type Resource = {
  Type: string;
  DeletionPolicy?: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties of every kind of resource
  Properties: any;
  DependsOn?: string | string[];
};
export type Template = { Resources: Record<string, Resource>; Outputs: Record<string, { Value: unknown }> };

export const packageOf = (stage: Stage): string =>
  join(process.env.TEST_DIRECTORY ?? '', 'stages', stage, '.serverless');
export const templateFile = (stage: Stage): string =>
  join(packageOf(stage), 'cloudformation-template-update-stack.json');
export const templateOf = (stage: Stage): Template => JSON.parse(readFileSync(templateFile(stage), 'utf8'));

/** Resources of a kind, by their logical ids. */
export const ofType = ({ Resources }: Template, type: string): [string, Resource][] =>
  Object.entries(Resources).filter(([, resource]) => resource.Type === type);

/** The alarms that take a deployment back, by their logical ids. */
const plugin = readFileSync(join(import.meta.dirname, '../../../scripts/cloud/plugin.cjs'), 'utf8');
const [, named = ''] = plugin.match(/const guards = \[(.*)\]/) ?? [];
export const guards = [...named.matchAll(/'(\w+)'/g)].map(([, id = '']) => id);
