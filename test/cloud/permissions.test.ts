import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { statementsOf } from '../../scripts/cloud/access.ts';
import { everyStage, ofType, type Resource, stages, templateOf } from '../support/cloud/stages.ts';

type Statement = { Effect: string; Action: string | string[]; Resource?: unknown; Condition?: unknown };

const listed = <T>(one: T | T[]): T[] => (Array.isArray(one) ? one : [one]);
const statementsIn = (role: Resource): Statement[] =>
  role.Properties.Policies.flatMap(
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

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const bundleOf = (name: string) =>
  readFileSync(join(process.env.TEST_DIRECTORY ?? '', 'dist', `${kebab(name)}.cjs`), 'utf8');
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

  test('no action is a pattern', () => {
    const actions = roles.flatMap(([, role]) =>
      statementsIn({ ...role, Properties: { Policies: [], ...role.Properties } }).flatMap(
        ({ Action }) => Action,
      ),
    );
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });

  test('no resource is everything, but where AWS knows none', () => {
    const open = functions.flatMap(({ name, statements }) =>
      statements
        .filter(({ Effect, Resource }) => Effect === 'Allow' && listed(Resource).some((one) => one === '*'))
        .flatMap(({ Action }) => listed(Action))
        .filter((action) => !withoutResource.has(action))
        .map((action) => `${name} ${action}`),
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
    const [keys, password] =
      stage === 'theirs' ? ['secret:keys-', 'secret:redis-of-theirs-'] : ['"Keys"', '"CachePassword"'];
    expect(reading(keys ?? '')).toEqual(['authorize', 'sync', 'refreshToken', 'users', 'conversations']);
    expect(
      functions.map(({ name }) => name).filter((name) => !reading(password ?? '').includes(name)),
    ).toEqual(['help']);
    const asking = functions.filter(({ name }) => statementsOf(bundleOf(name)).length > 0);
    expect(reading('secret:cassandra-of-theirs-')).toEqual(
      stage === 'theirs' ? asking.map(({ name }) => name) : [],
    );
  });

  test('an API may call its functions, and no other API', () => {
    for (const [, { Properties }] of ofType(template, 'AWS::Lambda::Permission')) {
      expect(Properties.SourceArn).toBeDefined();
      expect(JSON.stringify(Properties.SourceArn)).toMatch(/WebsocketsApi|HttpApi|SweepEventsRule/);
    }
  });
});

describe.each(stages)('tables of %s', (stage) => {
  const template = templateOf(stage);
  const tables = ofType(template, 'AWS::Cassandra::Table').map(([, { Properties }]) =>
    String(Properties.TableName),
  );
  const functions = ofType(template, 'AWS::Lambda::Function').map(([, { Properties }]) => ({
    name: String(Properties.FunctionName).replace(`parley-${stage}-`, ''),
    statements: statementsIn(template.Resources[Properties.Role['Fn::GetAtt'][0]] as Resource),
  }));

  test('each function may read and write those that its bundle names, and no other', () => {
    for (const { name, statements } of functions) {
      const allowed = (action: string) =>
        statements
          .filter(({ Action }) => Action === action)
          .flatMap(({ Resource }) => listed(Resource).map(named))
          .flatMap((resource) => resource.match(/\/table\/(\w+)/)?.[1] ?? [])
          .sort();
      const held = statementsOf(bundleOf(name));
      const touched = (pattern: RegExp) =>
        tables
          .filter((table) => held.some((cql) => pattern.test(cql) && new RegExp(`\\b${table}\\b`).test(cql)))
          .sort();
      expect([name, allowed('cassandra:Modify')]).toEqual([name, touched(/^(INSERT|UPDATE|DELETE)/)]);
      expect([name, allowed('cassandra:Select')]).toEqual([name, touched(/^SELECT| IF /)]);
    }
  });

  test('they stay when the stack goes, but not when the deploy that makes them is taken back', () => {
    const kept = 'RetainExceptOnCreate';
    for (const type of ['AWS::Cassandra::Keyspace', 'AWS::Cassandra::Table']) {
      const resources = ofType(template, type);
      expect(resources.length).toBeGreaterThan(0);
      expect(resources.filter(([, { DeletionPolicy }]) => DeletionPolicy !== kept)).toEqual([]);
    }
    expect(template.Resources.Keys?.DeletionPolicy).toBe(kept);
  });
});
