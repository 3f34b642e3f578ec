import type { Stage } from '../support/cloud/stages.ts';

/**
 * Findings of checkov that stand, each with its reason. A finding without a waiver fails, and so does a waiver without
 * a finding. `where` fits the logical ids that it is for; `only` is the stage that it is for, if it is for one.
 */
export type Waiver = { check: string; where: RegExp; reason: string; only?: Stage };

export const waivers: Waiver[] = [
  {
    check: 'CKV_AWS_111',
    where: /Role$/,
    reason:
      'Lambda makes network interfaces with the role of the function, and EC2 knows no resource for that; the role denies it to the code',
  },
  {
    check: 'CKV_AWS_115',
    where: /LambdaFunction$/,
    reason:
      'concurrency is reserved where it guards something (params of serverless.yml); reserving it everywhere would only take it from the others',
  },
  {
    check: 'CKV_AWS_116',
    where: /LambdaFunction$/,
    reason:
      'API Gateway invokes synchronously and answers the failure; `deliver` has its queue and `sweep` its destination, which this check does not see',
  },
  {
    check: 'CKV_AWS_117',
    where: /^HelpLambdaFunction$/,
    reason: 'it asks nobody anything, so a network would only slow its start',
  },
  {
    check: 'CKV_AWS_117',
    where: /LambdaFunction$/,
    only: 'outside',
    reason: 'PARLEY_VPC=none: the stores are reached over the internet, by TLS and password',
  },
  {
    check: 'CKV_AWS_149',
    where: /^(CachePassword|Keys)$/,
    reason:
      'encrypted with the key that AWS manages; a key of ours guards against nobody who may read the secret',
  },
  {
    check: 'CKV_AWS_158',
    where: /Log(Group|s)$/,
    reason: 'encrypted by CloudWatch; no line holds text of messages or tokens',
  },
  {
    check: 'CKV_AWS_173',
    where: /LambdaFunction$/,
    reason: 'encrypted by Lambda; the settings name secrets and hold none',
  },
  {
    check: 'CKV_AWS_174',
    where: /^Page$/,
    reason:
      'CloudFront lets TLS be chosen only for a domain of one’s own (PARLEY_PAGE_DOMAIN), and then it is 1.2',
  },
  {
    check: 'CKV_AWS_18',
    where: /Bucket$/,
    reason:
      'built files that CloudFront alone reads, and packages of the Framework: nobody else’s reads to log',
  },
  {
    check: 'CKV_AWS_21',
    where: /Bucket$/,
    reason: 'built files: an older version is built again from git',
  },
  {
    check: 'CKV_AWS_27',
    where: /Queue$/,
    reason: 'encrypted by SQS (SqsManagedSseEnabled), which this check does not know',
  },
  {
    check: 'CKV_AWS_68',
    where: /^Page$/,
    reason:
      'CloudFront serves files alone; the APIs, which WebSocket keeps out of WAF’s reach, limit by themselves',
  },
  {
    check: 'CKV_AWS_86',
    where: /^Page$/,
    reason: 'who read the page is nobody’s business; who called the APIs is in their access logs',
  },
];
