import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import access from '../../cloud/access.gen.json' with { type: 'json' };
import { everyStage, ofType, type Resource, stages, templateOf } from '../support/cloud/stages.ts';

type Statement = { Effect: string; Action: string | string[]; Resource?: unknown; Condition?: unknown };

const listed = <T>(one: T | T[]): T[] => (Array.isArray(one) ? one : [one]);
const statementsIn = (role: Resource): Statement[] =>
  (role.Properties.Policies ?? []).flatMap(
    (policy: { PolicyDocument: { Statement: Statement[] } }) => policy.PolicyDocument.Statement,
  );
/** A resource as text: references and pseudo parameters as they stand. */
const named = (resource: unknown) => (typeof resource === 'string' ? resource : JSON.stringify(resource));

/** Actions for which AWS knows no resource. */
const withoutResource = new Set([
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcEndpoints',
  'ec2:UnassignPrivateIpAddresses',
]);

/** The patterns that name one thing all the same: streams of one group, and so on. */
const patterns = [
  /^log-group:\/aws\/lambda\/parley-\w+-\w+:\*$/,
  /^\$\{WebsocketsApi\}\/\w+\/\*\/@connections\/\*$/,
  /^\/keyspace\/system\*$/,
  // Secrets Manager adds six characters to a name.
  /^secret:[\w/-]+-\?{6}$/,
];

/** A reference, or an ARN of this partition, Region and account, whose last part names it. */
const isOneThing = (resource: unknown): boolean => {
  if (typeof resource === 'string') return /^arn:aws:\w+:[\w-]+:\d{12}:[^*?]+$/.test(resource);
  const { 'Fn::Sub': text, ...reference } = resource as { 'Fn::Sub'?: string };
  if (text === undefined) return Object.keys(reference).every((key) => ['Ref', 'Fn::GetAtt'].includes(key));
  const [, last] =
    text.match(/^arn:\$\{AWS::Partition\}:[\w-]+:\$\{AWS::Region\}:\$\{AWS::AccountId\}:(.+)$/) ?? [];
  if (last === undefined) return false;
  return !/[*?]/.test(last) || patterns.some((pattern) => pattern.test(last));
};

test('a resource that is more than one thing is seen to be so', () => {
  for (const one of [
    '*',
    'arn:aws:sqs:*:*:*',
    { 'Fn::Sub': `arn:\${AWS::Partition}:sqs:\${AWS::Region}:\${AWS::AccountId}:*` },
    { 'Fn::Sub': `arn:\${AWS::Partition}:sqs:\${AWS::Region}:*:DeliverQueue` },
    { 'Fn::Join': ['', ['arn:aws:sqs:', '*']] },
  ])
    expect([one, isOneThing(one)]).toEqual([one, false]);
});

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const bundleOf = (name: string) =>
  readFileSync(join(process.env.TEST_DIRECTORY ?? '', 'dist', `${kebab(name)}.cjs`), 'utf8');
/** The statements in a bundle, however the bundler wrote them: more than its function can send. */
const statementsOf = (code: string): string[] =>
  [...code.matchAll(/[`'"]\s*((?:SELECT|INSERT INTO|UPDATE|DELETE FROM)\b[^`'"]*)/g)].map(
    ([, statement = '']) => statement,
  );
const asking = (name: string): { reads: string[]; writes: string[] } => {
  const found = Object.entries(access.functions).find(([one]) => one === kebab(name));
  return found?.[1] ?? { reads: [], writes: [] };
};
const handlerOf = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../handlers', `${kebab(name)}.ts`), 'utf8');

describe.each(everyStage)('roles of %s', (stage) => {
  const template = templateOf(stage);
  const roles = ofType(template, 'AWS::IAM::Role');
  const functions = ofType(template, 'AWS::Lambda::Function').map(([id, { Properties }]) => {
    const name = String(Properties.FunctionName).replace(`parley-${stage}-`, '');
    const role = template.Resources[Properties.Role['Fn::GetAtt'][0]];
    if (!role) throw new Error(`${id} has no role`);
    return { name, role, statements: statementsIn(role) };
  });

  test('there is one for each function, and it alone may take it', () => {
    expect(new Set(functions.map(({ role }) => role)).size).toBe(functions.length);
    for (const { role } of functions) {
      const [trust] = role.Properties.AssumeRolePolicyDocument.Statement;
      expect(trust).toMatchObject({
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      });
    }
  });

  test('each other role is one service’s, for one thing', () => {
    const others = roles.filter(([, role]) => !functions.some((one) => one.role === role));
    const found = others.map(([id, role]) => {
      const [trust, ...more] = role.Properties.AssumeRolePolicyDocument.Statement;
      expect(more).toEqual([]);
      return [
        id,
        trust.Principal.Service,
        statementsIn(role).flatMap(({ Action }) => Action),
        (role.Properties.ManagedPolicyArns ?? []).map(named),
      ];
    });
    const made = template.Resources.Vpc !== undefined;
    const writing = ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'];
    const pushing = expect.stringMatching(
      /:aws:policy\/service-role\/AmazonAPIGatewayPushToCloudWatchLogs"}$/,
    );
    expect(found.sort()).toEqual([
      ['ApiLogRole', 'apigateway.amazonaws.com', [], [pushing]],
      ...(made ? [['FlowLogRole', 'vpc-flow-logs.amazonaws.com', writing, []]] : []),
    ]);
  });

  test('no action is a pattern', () => {
    const actions = roles.flatMap(([, role]) => statementsIn(role).flatMap(({ Action }) => Action));
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });

  test('no resource is more than one thing, but where AWS knows none', () => {
    const open = roles.flatMap(([id, role]) =>
      statementsIn(role)
        .filter(({ Effect }) => Effect === 'Allow')
        .flatMap(({ Action, Resource }) =>
          listed(Resource)
            .filter((one) => !isOneThing(one))
            .flatMap((one) => listed(Action).map((action) => [id, action, named(one)]))
            .filter(([, action = '', one]) => !(one === '*' && withoutResource.has(action))),
        ),
    );
    expect(open).toEqual([]);
  });

  test('what Lambda needs for the network is denied to the code', () => {
    for (const { statements } of functions) {
      const making = (effect: string) =>
        statements.filter(
          ({ Effect, Action }) => Effect === effect && Action.includes('ec2:CreateNetworkInterface'),
        );
      expect(making('Deny').length).toBe(making('Allow').length);
    }
  });

  test('who posts may post to this API and this stage alone; who does not, may not', () => {
    const posting = functions.filter(({ name }) => handlerOf(name).includes('gateway: live.gateway()'));
    const allowed = functions.filter(({ statements }) =>
      statements.some(({ Action }) => Action === 'execute-api:ManageConnections'),
    );
    expect(allowed.map(({ name }) => name)).toEqual(posting.map(({ name }) => name));
    const resources = allowed.flatMap(({ statements }) =>
      statements
        .filter(({ Action }) => Action === 'execute-api:ManageConnections')
        .map(({ Resource }) => named(Resource)),
    );
    for (const resource of resources)
      expect(resource).toContain(`:\${WebsocketsApi}/${stage}/*/@connections/*`);
  });

  test('who publishes may fill the queue of posts, and `deliver` empties it', () => {
    const may = (action: string) =>
      functions
        .filter(({ statements }) =>
          statements.some(
            ({ Action, Resource }) =>
              listed(Action).includes(action) && named(Resource).includes('"DeliverQueue"'),
          ),
        )
        .map(({ name }) => name);
    const publishing = functions.filter(({ name }) => handlerOf(name).includes('queue: live.queue()'));
    expect(may('sqs:SendMessage')).toEqual(publishing.map(({ name }) => name));
    expect(may('sqs:ReceiveMessage')).toEqual(['deliver']);
  });

  test('nobody reads a secret but who needs it', () => {
    const reading = (secret: string) =>
      functions
        .filter(({ statements }) =>
          statements.some(
            ({ Action, Resource }) =>
              Action === 'secretsmanager:GetSecretValue' && named(Resource).includes(secret),
          ),
        )
        .map(({ name }) => name);
    const keys = template.Resources.Keys ? '"Keys"' : 'secret:keys-';
    const password = template.Resources.CachePassword ? '"CachePassword"' : 'secret:redis-of-theirs-';
    expect(reading(keys)).toEqual(['authorize', 'sync', 'refreshToken', 'users', 'conversations']);
    expect(functions.map(({ name }) => name).filter((name) => !reading(password).includes(name))).toEqual([
      'help',
    ]);
    const toCassandra = functions.filter(
      ({ name }) => asking(name).reads.length + asking(name).writes.length > 0,
    );
    expect(reading('secret:cassandra-of-theirs-')).toEqual(
      ['theirs', 'oncassandra'].includes(stage) ? toCassandra.map(({ name }) => name) : [],
    );
  });

  test('an API may call its functions, and no other API', () => {
    for (const [, { Properties }] of ofType(template, 'AWS::Lambda::Permission')) {
      expect(Properties.SourceArn).toBeDefined();
      expect(JSON.stringify(Properties.SourceArn)).toMatch(/WebsocketsApi|HttpApi|SweepEventsRule/);
    }
  });
});

const tables = ofType(templateOf('prod'), 'AWS::Cassandra::Table').map(([, { Properties }]) =>
  String(Properties.TableName),
);

describe.each([...stages, 'inside', 'outside', 'onredis', 'restored'] as const)('tables of %s', (stage) => {
  const template = templateOf(stage);
  const keyspace = stage === 'restored' ? 'parley_restored_2' : `parley_${stage}`;
  const functions = ofType(template, 'AWS::Lambda::Function').map(([, { Properties }]) => ({
    name: String(Properties.FunctionName).replace(`parley-${stage}-`, ''),
    statements: statementsIn(template.Resources[Properties.Role['Fn::GetAtt'][0]] as Resource),
  }));

  test('each function may read and write what its code asks for, which its bundle holds, and no other', () => {
    for (const { name, statements } of functions) {
      const allowed = (action: string) =>
        statements
          .filter(({ Action }) => Action === action)
          .flatMap(({ Resource }) => listed(Resource).map(named))
          .flatMap((resource) => resource.match(new RegExp(`/keyspace/${keyspace}/table/(\\w+)`))?.[1] ?? [])
          .sort();
      const asked = asking(name);
      expect([name, allowed('cassandra:Modify')]).toEqual([name, asked.writes]);
      expect([name, allowed('cassandra:Select')]).toEqual([name, asked.reads]);
      const held = statementsOf(bundleOf(name));
      const touched = (pattern: RegExp) =>
        tables.filter((table) =>
          held.some((cql) => pattern.test(cql) && new RegExp(`\\b${table}\\b`).test(cql)),
        );
      expect(touched(/^(INSERT|UPDATE|DELETE)/)).toEqual(expect.arrayContaining(asked.writes));
      expect(touched(/^SELECT| IF /)).toEqual(expect.arrayContaining(asked.reads));
    }
  });
});

test('who may change what people are', () => {
  const writers = (table: string) =>
    Object.entries(access.functions).flatMap(([name, { writes }]) =>
      writes.some((one) => one === table) ? [name] : [],
    );
  expect(writers('users_by_name')).toEqual(['users']);
  expect(writers('blocks_by_user')).toEqual(['users']);
  // Users of other issuers get their rows when they are first seen.
  expect(writers('users')).toEqual(['authorize', 'conversations', 'users']);
  expect(writers('devices_by_user')).toEqual(['authorize', 'conversations', 'users']);
  expect(writers('receipts_by_conversation')).toEqual(['receipts']);
});

describe.each([...stages, 'inside', 'outside', 'onredis'] as const)(
  'tables of %s, where they are made',
  (stage) => {
    const template = templateOf(stage);

    test('they stay when the stack goes, but not when the deploy that makes them is taken back', () => {
      const kept = 'RetainExceptOnCreate';
      for (const type of ['AWS::Cassandra::Keyspace', 'AWS::Cassandra::Table']) {
        const resources = ofType(template, type);
        expect(resources.length).toBeGreaterThan(0);
        expect(resources.filter(([, { DeletionPolicy }]) => DeletionPolicy !== kept)).toEqual([]);
      }
      expect(template.Resources.Keys?.DeletionPolicy).toBe(kept);
    });
  },
);
