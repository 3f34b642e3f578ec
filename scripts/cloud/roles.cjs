/**
 * One IAM role for each function of serverless.yml, named after it (`SendMessageRole`). What it may is what its bundle
 * holds: cloud/access.gen.json, which `npm run generate` makes and a review can read.
 */
const { functions: access } = require('../../cloud/access.gen.json');

const sub = (text) => ({ 'Fn::Sub': text });
const arn = (service, rest) =>
  sub(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${rest}`);
const attribute = (resource, name = 'Arn') => ({ 'Fn::GetAtt': [resource, name] });
const allow = (actions, resource) => ({ Effect: 'Allow', Action: actions, Resource: resource });

const kebab = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const pascal = (name) => `${name[0].toUpperCase()}${name.slice(1)}`;

const logging = (name, stage) =>
  allow(
    ['logs:CreateLogStream', 'logs:PutLogEvents'],
    arn('logs', `log-group:/aws/lambda/parley-${stage}-${name}:*`),
  );

/** This API's connections and no other's. */
const posting = (stage) =>
  allow('execute-api:ManageConnections', arn('execute-api', `\${WebsocketsApi}/${stage}/*/@connections/*`));

/**
 * What Lambda itself needs to put a function into a network; EC2 knows no resources for it. The second statement
 * takes it from the function's own code.
 */
const attaching = (name, stage) => [
  allow(
    [
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    '*',
  ),
  {
    Effect: 'Deny',
    Action: [
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    Resource: '*',
    Condition: {
      ArnEquals: { 'lambda:SourceFunctionArn': arn('lambda', `function:parley-${stage}-${name}`) },
    },
  },
];

/** A secret by its ARN, or by its name, to which Secrets Manager adds six characters. */
const secretArn = (given) =>
  typeof given === 'string' && !given.startsWith('arn:')
    ? arn('secretsmanager', `secret:${given}-??????`)
    : given;
const reading = (given) => allow('secretsmanager:GetSecretValue', secretArn(given));

const tables = (action, names, keyspace) =>
  names.length === 0
    ? []
    : [
        allow(
          action,
          names.map((name) => arn('cassandra', `/keyspace/${keyspace}/table/${name}`)),
        ),
      ];

/** The driver reads who the nodes are from the system's tables, whose names AWS leaves open. */
const keyspaces = ({ reads, writes }, keyspace) => [
  ...tables('cassandra:Select', reads, keyspace),
  ...tables('cassandra:Modify', writes, keyspace),
  allow('cassandra:Select', arn('cassandra', '/keyspace/system*')),
  // Without these two Keyspaces does not tell which addresses its endpoint has; EC2 knows no resources for them.
  allow(['ec2:DescribeNetworkInterfaces', 'ec2:DescribeVpcEndpoints'], '*'),
];

const cassandra = (needs, { parts, keyspace }) =>
  needs.reads.length + needs.writes.length === 0
    ? []
    : [
        ...(parts.secrets.cassandra ? [reading(parts.secrets.cassandra)] : []),
        ...(parts.cassandra === 'keyspaces' ? keyspaces(needs, keyspace) : []),
      ];

const statementsOf = (name, { stage, parts, keyspace }) => {
  const needs = access[kebab(name)];
  return [
    logging(name, stage),
    ...(needs.posts ? [posting(stage)] : []),
    ...(needs.queues ? [allow('sqs:SendMessage', attribute('DeliverQueue'))] : []),
    ...(name === 'deliver'
      ? [
          allow(
            ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
            attribute('DeliverQueue'),
          ),
        ]
      : []),
    ...(name === 'sweep' ? [allow('sqs:SendMessage', attribute('SweepDeadLetterQueue'))] : []),
    ...(needs.keys ? [reading(parts.secrets.keys)] : []),
    ...(needs.redis && parts.secrets.cache ? [reading(parts.secrets.cache)] : []),
    ...(needs.redis && parts.network !== 'none' ? attaching(name, stage) : []),
    ...cassandra(needs, { parts, keyspace }),
  ];
};

const roleOf = (statements) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
      ],
    },
    Policies: [{ PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
  },
});

/** A WebSocket API may call its functions; osls would let any API of any account do so. */
const callable = (functions) =>
  Object.entries(functions)
    .filter(([name, { events = [] }]) => name === 'authorize' || events.some(({ websocket }) => websocket))
    .map(([name]) => [
      `${pascal(name)}LambdaPermissionWebsockets`,
      { Properties: { SourceArn: arn('execute-api', `\${WebsocketsApi}/*`) } },
    ]);

module.exports = async ({ resolveVariable }) => {
  const [stage, functions, parts, keyspace] = await Promise.all(
    ['sls:stage', 'self:functions', 'self:custom.parts', 'self:custom.keyspace'].map(resolveVariable),
  );
  const roles = Object.keys(functions).map((name) => [
    `${pascal(name)}Role`,
    roleOf(statementsOf(name, { stage, parts, keyspace })),
  ]);
  return { Resources: Object.fromEntries(roles), extensions: Object.fromEntries(callable(functions)) };
};
