/**
 * One IAM role for each function of serverless.yml, named after it (`SendMessageRole`): its own log group, and,
 * for those that speak to clients, the connections of this API and no other, and the queue of posts.
 */
const join = (...parts) => ({ 'Fn::Join': ['', parts] });
const allow = (actions, resource) => ({ Effect: 'Allow', Action: actions, Resource: resource });

/** Functions that post to connections, or close them. */
const speaking = new Set([
  'changeMessage',
  'connect',
  'conversations',
  'default',
  'deliver',
  'members',
  'operate',
  'ping',
  'receipts',
  'refreshToken',
  'sendMessage',
  'sweep',
  'sync',
  'typing',
  'users',
]);

/** Functions whose posts may be more than one invocation makes. */
const publishing = new Set([
  'changeMessage',
  'connect',
  'conversations',
  'default',
  'members',
  'ping',
  'receipts',
  'sendMessage',
  'sweep',
  'typing',
]);

const queueing = (name) => {
  const queue = { 'Fn::GetAtt': ['DeliverQueue', 'Arn'] };
  if (name === 'deliver')
    return [allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], queue)];
  return publishing.has(name) ? [allow('sqs:SendMessage', queue)] : [];
};

const roleOf = (name, stage) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
      ],
    },
    Policies: [
      {
        PolicyName: 'own',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            allow(['logs:CreateLogStream', 'logs:PutLogEvents'], {
              'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/parley-${stage}-${name}:*`,
            }),
            ...(speaking.has(name)
              ? [
                  allow(
                    'execute-api:ManageConnections',
                    join(
                      { 'Fn::Sub': `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:` },
                      { Ref: 'WebsocketsApi' },
                      `/${stage}/*/@connections/*`,
                    ),
                  ),
                ]
              : []),
            ...queueing(name),
          ],
        },
      },
    ],
  },
});

module.exports = async ({ resolveVariable }) => {
  const stage = await resolveVariable('sls:stage');
  const functions = await resolveVariable('self:functions');
  const roles = Object.keys(functions).map((name) => [
    `${name[0].toUpperCase()}${name.slice(1)}Role`,
    roleOf(name, stage),
  ]);
  return { Resources: Object.fromEntries(roles) };
};
