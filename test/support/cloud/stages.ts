import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What each stage was packaged to, once for all tests. `theirs` is a stage whose network and stores are given. */
export const stages = ['dev', 'staging', 'prod'] as const;
export type Stage = (typeof stages)[number] | 'theirs';
export const everyStage: Stage[] = [...stages, 'theirs'];

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
