import { describe, expect, test } from '@jest/globals';
import { ofType, stages, type Template, templateOf } from '../support/cloud/stages.ts';

/**
 * Who can reach whom by the network: security groups are the nodes, their rules the edges, `world` is 0.0.0.0/0. An
 * edge between two groups needs both ends to agree.
 */
type Rule = { from: string; to: string; ports: string; side: 'out' | 'in' };

const portsOf = ({ FromPort, ToPort }: { FromPort: number; ToPort: number }) =>
  FromPort === ToPort ? String(FromPort) : `${FromPort}-${ToPort}`;

const idOf = (reference: unknown): string => {
  const { 'Fn::GetAtt': attribute, Ref } = reference as { 'Fn::GetAtt'?: [string, string]; Ref?: string };
  return attribute?.[0] ?? Ref ?? String(reference);
};

const rulesOf = (template: Template): Rule[] => [
  ...ofType(template, 'AWS::EC2::SecurityGroup').flatMap(([id, { Properties }]) =>
    (Properties.SecurityGroupEgress ?? [])
      .filter((rule: { IpProtocol: string }) => rule.IpProtocol === 'tcp')
      .map(
        (rule: { FromPort: number; ToPort: number }): Rule => ({
          from: id,
          to: 'world',
          ports: portsOf(rule),
          side: 'out',
        }),
      ),
  ),
  ...ofType(template, 'AWS::EC2::SecurityGroupEgress').map(
    ([, { Properties }]): Rule => ({
      from: idOf(Properties.GroupId),
      to: Properties.CidrIp ? 'world' : idOf(Properties.DestinationSecurityGroupId),
      ports: portsOf(Properties),
      side: 'out',
    }),
  ),
  ...ofType(template, 'AWS::EC2::SecurityGroupIngress').map(
    ([, { Properties }]): Rule => ({
      from: Properties.CidrIp ? 'world' : idOf(Properties.SourceSecurityGroupId),
      to: idOf(Properties.GroupId),
      ports: portsOf(Properties),
      side: 'in',
    }),
  ),
];

const pathsOf = (template: Template): string[] => {
  const rules = rulesOf(template);
  const agreed = rules.filter(({ from, to, ports, side }) => {
    if (from === 'world' || to === 'world') return true;
    const other = side === 'out' ? 'in' : 'out';
    return rules.some(
      (one) => one.from === from && one.to === to && one.ports === ports && one.side === other,
    );
  });
  return [...new Set(agreed.map(({ from, to, ports }) => `${from} → ${to}:${ports}`))].sort();
};

/** Where a subnet's packets for the world go. */
const wayOut = (template: Template, subnet: string): string => {
  const association = ofType(template, 'AWS::EC2::SubnetRouteTableAssociation').find(
    ([, { Properties }]) => idOf(Properties.SubnetId) === subnet,
  );
  const table = idOf(association?.[1].Properties.RouteTableId);
  const route = ofType(template, 'AWS::EC2::Route').find(
    ([, { Properties }]) => idOf(Properties.RouteTableId) === table,
  );
  return idOf(route?.[1].Properties.NatGatewayId ?? route?.[1].Properties.GatewayId);
};

const functionsOf = (template: Template) => ofType(template, 'AWS::Lambda::Function');
const placed = (template: Template) =>
  functionsOf(template).filter(([, { Properties }]) => Properties.VpcConfig);

describe.each(stages)('the network of %s', (stage) => {
  const template = templateOf(stage);

  test('functions reach the cache, Keyspaces and HTTPS; nobody reaches them, and nothing else is open', () => {
    expect(pathsOf(template)).toEqual([
      'FunctionsSecurityGroup → CacheSecurityGroup:6379-6380',
      'FunctionsSecurityGroup → KeyspacesSecurityGroup:9142',
      'FunctionsSecurityGroup → world:443',
    ]);
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
    expect(wayOut(template, 'PrivateSubnetA')).toBe(nats.A);
    expect(wayOut(template, 'PrivateSubnetB')).toBe(nats.B);
    for (const [, { Properties }] of ofType(template, 'AWS::EC2::NatGateway')) {
      expect(wayOut(template, idOf(Properties.SubnetId))).toBe('InternetGateway');
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

  test('nothing that is made has an address of the internet but NAT', () => {
    const open = ofType(template, 'AWS::EC2::Subnet').filter(
      ([, { Properties }]) => Properties.MapPublicIpOnLaunch,
    );
    expect(open).toEqual([]);
    expect(ofType(template, 'AWS::EC2::EIP').every(([id]) => id.startsWith('NatAddress'))).toBe(true);
  });
});

describe('a network that is given', () => {
  const template = templateOf('theirs');

  test('gets the group of the functions, and is otherwise left alone', () => {
    const made = Object.values(template.Resources).filter(({ Type }) => Type.startsWith('AWS::EC2::'));
    expect([...new Set(made.map(({ Type }) => Type))].sort()).toEqual([
      'AWS::EC2::SecurityGroup',
      'AWS::EC2::SecurityGroupEgress',
    ]);
    expect(template.Resources.FunctionsSecurityGroup?.Properties.VpcId).toBe('vpc-0123456789abcdef0');
    for (const [, { Properties }] of placed(template)) {
      expect(Properties.VpcConfig.SubnetIds).toEqual([
        'subnet-0123456789abcdef0',
        'subnet-0123456789abcdef1',
      ]);
    }
  });

  test('lets functions out to the stores by their ports', () => {
    expect(pathsOf(template)).toEqual([
      'FunctionsSecurityGroup → world:443',
      'FunctionsSecurityGroup → world:6380',
      'FunctionsSecurityGroup → world:9043',
    ]);
  });

  test('nothing that was given is made', () => {
    const types = Object.values(template.Resources).map(({ Type }) => Type);
    const stores = types.filter((type) => /^AWS::(ElastiCache|Cassandra|SecretsManager)::/.test(type));
    expect(stores).toEqual([]);
  });
});
