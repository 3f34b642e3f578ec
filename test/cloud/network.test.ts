import { describe, expect, test } from '@jest/globals';
import {
  givenParts,
  givenStages,
  ofType,
  type Resource,
  stages,
  type Template,
  templateOf,
} from '../support/cloud/stages.ts';

/**
 * Who can reach whom by the network: security groups are the nodes, their rules the edges, `world` is 0.0.0.0/0. An
 * edge between two groups needs both ends to agree.
 */
type Rule = { from: string; to: string; over: string; side: 'out' | 'in' };
type Ends = { CidrIp?: string; CidrIpv6?: string; IpProtocol: string; FromPort?: number; ToPort?: number };

const idOf = (reference: unknown): string => {
  const { 'Fn::GetAtt': attribute, Ref } = reference as { 'Fn::GetAtt'?: [string, string]; Ref?: string };
  return attribute?.[0] ?? Ref ?? String(reference);
};

/** TCP by its ports alone, anything else by its name too; `-1` is every protocol and port. */
const overOf = ({ IpProtocol, FromPort, ToPort }: Ends) => {
  const ports = FromPort === ToPort ? `${FromPort}` : `${FromPort}-${ToPort}`;
  return IpProtocol === 'tcp' ? ports : `${IpProtocol} ${ports}`;
};
const addressOf = ({ CidrIp, CidrIpv6 }: Ends, group: unknown) => {
  const address = CidrIp ?? CidrIpv6;
  if (address === undefined) return idOf(group);
  return ['0.0.0.0/0', '::/0'].includes(address) ? 'world' : address;
};

const outOf = (id: string, rule: Ends & { DestinationSecurityGroupId?: unknown }): Rule => ({
  from: id,
  to: addressOf(rule, rule.DestinationSecurityGroupId),
  over: overOf(rule),
  side: 'out',
});
const intoOf = (id: string, rule: Ends & { SourceSecurityGroupId?: unknown }): Rule => ({
  from: addressOf(rule, rule.SourceSecurityGroupId),
  to: id,
  over: overOf(rule),
  side: 'in',
});

/** A rule of a group that calls nobody, as AWS documents it: no such packet exists, to an address that none has. */
const isNowhere = ({ to, over }: Rule) => to === '255.255.255.255/32' && over === 'icmp 252-86';

const rulesOf = (template: Template): Rule[] =>
  [
    ...ofType(template, 'AWS::EC2::SecurityGroup').flatMap(([id, { Properties }]) => [
      ...(Properties.SecurityGroupEgress ?? []).map((rule: Ends) => outOf(id, rule)),
      ...(Properties.SecurityGroupIngress ?? []).map((rule: Ends) => intoOf(id, rule)),
    ]),
    ...ofType(template, 'AWS::EC2::SecurityGroupEgress').map(([, { Properties }]) =>
      outOf(idOf(Properties.GroupId), Properties),
    ),
    ...ofType(template, 'AWS::EC2::SecurityGroupIngress').map(([, { Properties }]) =>
      intoOf(idOf(Properties.GroupId), Properties),
    ),
  ].filter((rule) => !isNowhere(rule));

const pathsOf = (template: Template): string[] => {
  const rules = rulesOf(template);
  const groups = new Set(ofType(template, 'AWS::EC2::SecurityGroup').map(([id]) => id));
  const agreed = rules.filter(({ from, to, over, side }) => {
    if (!groups.has(from) || !groups.has(to)) return true;
    const other = side === 'out' ? 'in' : 'out';
    return rules.some((one) => one.from === from && one.to === to && one.over === over && one.side === other);
  });
  return [...new Set(agreed.map(({ from, to, over }) => `${from} → ${to}:${over}`))].sort();
};

/** Where a subnet's packets go that leave the network: every route of its table. */
const waysOut = (template: Template, subnet: string): string[] => {
  const tables = ofType(template, 'AWS::EC2::SubnetRouteTableAssociation')
    .filter(([, { Properties }]) => idOf(Properties.SubnetId) === subnet)
    .map(([, { Properties }]) => idOf(Properties.RouteTableId));
  return ofType(template, 'AWS::EC2::Route')
    .filter(([, { Properties }]) => tables.includes(idOf(Properties.RouteTableId)))
    .map(([, { Properties }]) => {
      const { RouteTableId: _, DestinationCidrBlock, ...target } = Properties;
      return `${DestinationCidrBlock} by ${Object.values(target).map(idOf)}`;
    });
};

const functionsOf = (template: Template) => ofType(template, 'AWS::Lambda::Function');
const placed = (template: Template) =>
  functionsOf(template).filter(([, { Properties }]) => Properties.VpcConfig);

const ofCache = 'FunctionsSecurityGroup → CacheSecurityGroup:6379-6380';
const ofKeyspaces = 'FunctionsSecurityGroup → KeyspacesSecurityGroup:9142';

describe.each([...stages, 'restored'] as const)('the network of %s', (stage) => {
  const template = templateOf(stage);

  test('functions reach the cache, Keyspaces and HTTPS; nobody reaches them, and nothing else is open', () => {
    expect(pathsOf(template)).toEqual([ofCache, ofKeyspaces, 'FunctionsSecurityGroup → world:443']);
  });

  test('groups that call nobody say so, or CloudFormation would open them', () => {
    for (const [, { Properties }] of ofType(template, 'AWS::EC2::SecurityGroup')) {
      expect(Properties.SecurityGroupEgress.length).toBeGreaterThan(0);
      expect(Properties.SecurityGroupIngress).toBeUndefined();
    }
  });

  test('functions sit in the private subnets of two zones, and those that ask nobody sit outside', () => {
    const outside = functionsOf(template).filter((one) => !placed(template).some(([id]) => id === one[0]));
    expect(outside.map(([id]) => id)).toEqual(['HelpLambdaFunction']);
    for (const [, { Properties }] of placed(template)) {
      expect(Properties.VpcConfig.SubnetIds.map(idOf)).toEqual(['PrivateSubnetA', 'PrivateSubnetB']);
      expect(Properties.VpcConfig.SecurityGroupIds.map(idOf)).toEqual(['FunctionsSecurityGroup']);
    }
    const zones = ['PrivateSubnetA', 'PrivateSubnetB'].map((id) =>
      JSON.stringify(template.Resources[id]?.Properties.AvailabilityZone),
    );
    expect(new Set(zones).size).toBe(2);
  });

  test('a post leaves by NAT, which leaves by the internet gateway', () => {
    const nats = { A: 'NatA', B: stage === 'prod' ? 'NatB' : 'NatA' };
    expect(waysOut(template, 'PrivateSubnetA')).toEqual([`0.0.0.0/0 by ${nats.A}`]);
    expect(waysOut(template, 'PrivateSubnetB')).toEqual([`0.0.0.0/0 by ${nats.B}`]);
    for (const [, { Properties }] of ofType(template, 'AWS::EC2::NatGateway')) {
      expect(waysOut(template, idOf(Properties.SubnetId))).toEqual(['0.0.0.0/0 by InternetGateway']);
    }
  });

  test('no endpoint catches the name of execute-api; Keyspaces has one in both zones', () => {
    const endpoints = ofType(template, 'AWS::EC2::VPCEndpoint').map(([, { Properties }]) => Properties);
    expect(endpoints.map(({ ServiceName }) => JSON.stringify(ServiceName))).toEqual([
      expect.stringContaining('.cassandra'),
    ]);
    expect(endpoints[0].SubnetIds.map(idOf)).toEqual(['PrivateSubnetA', 'PrivateSubnetB']);
    expect(endpoints[0].PrivateDnsEnabled).toBe(true);
  });

  test('through the door to Keyspaces this account reads and writes its keyspace, and nobody anything else', () => {
    const [[, endpoint]] = ofType(template, 'AWS::EC2::VPCEndpoint') as [[string, Resource]];
    const keyspaces = `arn:\${AWS::Partition}:cassandra:\${AWS::Region}:\${AWS::AccountId}:/keyspace`;
    const ours = stage === 'restored' ? 'parley_restored_2' : `parley_${stage}`;
    expect(endpoint.Properties.PolicyDocument.Statement).toEqual([
      {
        Effect: 'Allow',
        Principal: '*',
        Action: ['cassandra:Select', 'cassandra:Modify'],
        Resource: [{ 'Fn::Sub': `${keyspaces}/${ours}/*` }, { 'Fn::Sub': `${keyspaces}/system*` }],
        Condition: { StringEquals: { 'aws:PrincipalAccount': { Ref: 'AWS::AccountId' } } },
      },
    ]);
  });

  test('nothing that is made has an address of the internet but NAT', () => {
    const open = ofType(template, 'AWS::EC2::Subnet').filter(
      ([, { Properties }]) => Properties.MapPublicIpOnLaunch,
    );
    expect(open).toEqual([]);
    expect(ofType(template, 'AWS::EC2::EIP').every(([id]) => id.startsWith('NatAddress'))).toBe(true);
  });
});

describe.each(['theirs', 'inside'] as const)('a network that is given, to %s', (stage) => {
  const template = templateOf(stage);

  test('gets groups and their rules, and is otherwise left alone', () => {
    const made = Object.values(template.Resources).filter(({ Type }) => Type.startsWith('AWS::EC2::'));
    const others = made.filter(({ Type }) => !/::SecurityGroup(Egress|Ingress)?$/.test(Type));
    expect(others).toEqual([]);
    for (const [, { Properties }] of ofType(template, 'AWS::EC2::SecurityGroup'))
      expect(Properties.VpcId).toBe(givenParts.PARLEY_VPC);
    for (const [, { Properties }] of placed(template)) {
      expect(Properties.VpcConfig.SubnetIds).toEqual(givenParts.PARLEY_SUBNETS.split(','));
      expect(Properties.VpcConfig.SecurityGroupIds.map(idOf)).toEqual(['FunctionsSecurityGroup']);
    }
  });

  test('takes in what is made of the stores', () => {
    for (const [, { Properties }] of ofType(template, 'AWS::ElastiCache::ServerlessCache'))
      expect(Properties.SubnetIds).toEqual(givenParts.PARLEY_SUBNETS.split(','));
  });
});

test('where there is no network, nothing of one is made, and functions are in none', () => {
  const template = templateOf('outside');
  expect(Object.values(template.Resources).filter(({ Type }) => Type.startsWith('AWS::EC2::'))).toEqual([]);
  expect(placed(template)).toEqual([]);
});

describe('functions are let out to what is given, by its port, and to what is made', () => {
  const world = (port: number) => `FunctionsSecurityGroup → world:${port}`;
  const paths: Record<(typeof givenStages)[number], string[]> = {
    theirs: [world(443), world(6380), world(9043)],
    inside: [ofCache, world(443), world(9142)],
    outside: [],
    onredis: [ofKeyspaces, world(443), world(6380)],
    oncassandra: [ofCache, world(443), world(9043)],
    restored: [ofCache, ofKeyspaces, world(443)],
  };
  test.each(givenStages)('of %s', (stage) => {
    expect(pathsOf(templateOf(stage))).toEqual(paths[stage]);
  });
});

describe('nothing that is given is made', () => {
  const kinds = [
    'ElastiCache::ServerlessCache',
    'Cassandra::Keyspace',
    'Cassandra::Table',
    'EC2::VPCEndpoint',
  ];
  const made: Record<(typeof givenStages)[number], string[]> = {
    theirs: [],
    inside: ['ElastiCache::ServerlessCache', 'Cassandra::Keyspace', 'Cassandra::Table'],
    outside: ['Cassandra::Keyspace', 'Cassandra::Table'],
    onredis: ['Cassandra::Keyspace', 'Cassandra::Table', 'EC2::VPCEndpoint'],
    oncassandra: ['ElastiCache::ServerlessCache'],
    restored: ['ElastiCache::ServerlessCache', 'EC2::VPCEndpoint'],
  };
  test.each(givenStages)('for %s', (stage) => {
    const template = templateOf(stage);
    expect(kinds.filter((kind) => ofType(template, `AWS::${kind}`).length > 0)).toEqual(made[stage]);
    const secrets = ofType(template, 'AWS::SecretsManager::Secret').map(([id]) => id);
    const isMade = {
      Keys: stage !== 'theirs',
      CachePassword: made[stage].includes('ElastiCache::ServerlessCache'),
    };
    expect(secrets.sort()).toEqual(
      Object.entries(isMade)
        .flatMap(([id, is]) => (is ? [id] : []))
        .sort(),
    );
  });
});
