/**
 * Ships the logs of all functions to where `PARLEY_LOGS_DESTINATION` says, by its ARN: a Firehose, Kinesis or Lambda of
 * this account, or a destination of another. OpenSearch is reached by a Firehose. `PARLEY_LOGS_ROLE` is the role that
 * CloudWatch Logs takes on to write to a Firehose or a Kinesis stream.
 */
const pascal = (name) => `${name[0].toUpperCase()}${name.slice(1)}`;

const subscription = (name, destination, role) => ({
  Type: 'AWS::Logs::SubscriptionFilter',
  Properties: {
    LogGroupName: { Ref: `${pascal(name)}LogGroup` },
    DestinationArn: destination,
    ...(role && { RoleArn: role }),
    // Everything: Lambda puts time and request before each line, so that a pattern of JSON would fit none.
    FilterPattern: '',
  },
});

module.exports = async ({ resolveVariable }) => {
  const { PARLEY_LOGS_DESTINATION: destination, PARLEY_LOGS_ROLE: role } = process.env;
  if (!destination) return { Resources: {} };
  const functions = await resolveVariable('self:functions');
  const subscriptions = Object.keys(functions).map((name) => [
    `${pascal(name)}Shipping`,
    subscription(name, destination, role),
  ]);
  return { Resources: Object.fromEntries(subscriptions) };
};
