/**
 * Which parts the stack makes, and which it is given: a part that a setting names is used, any other is made. Local
 * gateways (`PARLEY_LOCAL`) are given everything.
 */
const given = (name) => process.env[name] || undefined;
const ref = (name) => ({ Ref: name });
const attribute = (resource, name) => ({ 'Fn::GetAtt': [resource, name] });
const join = (...parts) => ({ 'Fn::Join': ['', parts] });
const file = (name) => `\${file(cloud/${name}.yml)}`;

const chosen = () => {
  const vpc = given('PARLEY_VPC');
  return {
    network: vpc === 'none' ? 'none' : vpc ? 'given' : 'made',
    cache: given('PARLEY_REDIS_URL') ? 'given' : 'made',
    cassandra: given('PARLEY_CASSANDRA_CONTACT_POINTS') ? 'given' : 'keyspaces',
  };
};

/** Whoever may look at a function or a template would read them there. */
const checkSecrets = () => {
  if (given('PARLEY_CASSANDRA_PASSWORD'))
    throw new Error('PARLEY_CASSANDRA_PASSWORD is for local stacks: name a secret, PARLEY_CASSANDRA_SECRET');
  if (given('PARLEY_TOKEN_KEY'))
    throw new Error('PARLEY_TOKEN_KEY is for local stacks: name a secret, PARLEY_KEYS_SECRET, or none');
  if (given('PARLEY_REDIS_URL') && new URL(given('PARLEY_REDIS_URL')).password)
    throw new Error('PARLEY_REDIS_URL holds a password: put it into a secret, PARLEY_REDIS_SECRET');
  if (given('PARLEY_CASSANDRA_SECRET') && !given('PARLEY_CASSANDRA_USER'))
    throw new Error('PARLEY_CASSANDRA_SECRET needs PARLEY_CASSANDRA_USER: whose password it is');
};

const check = ({ network, cache }) => {
  if (network === 'none' && cache === 'made')
    throw new Error('PARLEY_VPC=none needs PARLEY_REDIS_URL: ElastiCache is reached from a VPC only');
  if (network === 'given' && !given('PARLEY_SUBNETS'))
    throw new Error('PARLEY_VPC needs PARLEY_SUBNETS: private ones with a way out, separated by commas');
  if (
    /^arn:[\w-]+:(firehose|kinesis):/.test(given('PARLEY_LOGS_DESTINATION') ?? '') &&
    !given('PARLEY_LOGS_ROLE')
  )
    throw new Error(
      'PARLEY_LOGS_DESTINATION needs PARLEY_LOGS_ROLE: a stream is written with a role of yours',
    );
  if (given('PARLEY_PAGE_DOMAIN') && !given('PARLEY_PAGE_CERTIFICATE'))
    throw new Error(
      'PARLEY_PAGE_DOMAIN needs PARLEY_PAGE_CERTIFICATE: its ARN in us-east-1, where CloudFront looks',
    );
};

const vpcOf = {
  none: () => null,
  given: () => ({
    securityGroupIds: [attribute('FunctionsSecurityGroup', 'GroupId')],
    subnetIds: given('PARLEY_SUBNETS').split(','),
  }),
  made: () => ({
    securityGroupIds: [attribute('FunctionsSecurityGroup', 'GroupId')],
    subnetIds: [ref('PrivateSubnetA'), ref('PrivateSubnetB')],
  }),
};

const cacheOf = { made: () => file('cache'), given: () => file('given/redis') };

/** How Cassandra is reached: Keyspaces from our own network by an endpoint inside of it, else by its address. */
const wayToCassandra = ({ network, cassandra }) => {
  if (network === 'none') return null;
  return network === 'made' && cassandra === 'keyspaces' ? file('keyspaces') : file('given/cassandra');
};

const tablesOf = ({ cassandra }) =>
  cassandra === 'given' || given('PARLEY_TABLES') === 'kept' ? null : file('tables.gen');

/** The page by a domain of its own, or by the name that CloudFront gives it. */
const pageOf = (domain, certificate) => ({
  origin: domain ? `https://${domain}` : join('https://', attribute('Page', 'DomainName')),
  aliases: domain ? [domain] : [],
  certificate: domain
    ? { AcmCertificateArn: certificate, SslSupportMethod: 'sni-only', MinimumProtocolVersion: 'TLSv1.2_2021' }
    : { CloudFrontDefaultCertificate: true },
});

const keyspaces = join('cassandra.', ref('AWS::Region'), '.', ref('AWS::URLSuffix'));

/** Settings of the functions that follow from what is made. */
const settingsOf = ({ cache, cassandra }, page) => ({
  PARLEY_GATEWAY_ENDPOINT: join(
    ...['https://', ref('WebsocketsApi'), '.execute-api.'],
    ...[ref('AWS::Region'), '.', ref('AWS::URLSuffix'), `/\${sls:stage}`],
  ),
  PARLEY_QUEUE_URL: ref('DeliverQueue'),
  PARLEY_KEYS_SECRET: ref('Keys'),
  PARLEY_ORIGINS: given('PARLEY_ORIGINS') ? join(given('PARLEY_ORIGINS'), ',', page.origin) : page.origin,
  ...(cache === 'made' && {
    PARLEY_REDIS_URL: join('rediss://parley@', attribute('Cache', 'Endpoint.Address'), ':6379'),
    PARLEY_REDIS_CLUSTER: 'true',
    PARLEY_REDIS_SECRET: ref('CachePassword'),
  }),
  ...(cassandra === 'keyspaces' && {
    PARLEY_CASSANDRA_SERVICE: 'keyspaces',
    PARLEY_CASSANDRA_CONTACT_POINTS: keyspaces,
    PARLEY_CASSANDRA_PORT: '9142',
    PARLEY_CASSANDRA_DATA_CENTRE: ref('AWS::Region'),
    PARLEY_CASSANDRA_KEYSPACE: `\${self:custom.keyspace}`,
    PARLEY_CASSANDRA_TLS_SERVER_NAME: keyspaces,
  }),
});

const partsOf = (kinds) => {
  const page = pageOf(given('PARLEY_PAGE_DOMAIN'), given('PARLEY_PAGE_CERTIFICATE'));
  return {
    ...kinds,
    vpc: vpcOf[kinds.network](),
    vpcId: kinds.network === 'given' ? given('PARLEY_VPC') : ref('Vpc'),
    secrets: {
      keys: given('PARLEY_KEYS_SECRET') ?? ref('Keys'),
      cache: kinds.cache === 'made' ? ref('CachePassword') : given('PARLEY_REDIS_SECRET'),
      cassandra: given('PARLEY_CASSANDRA_SECRET'),
    },
    resources: {
      network: { made: file('network'), given: file('given/network'), none: null }[kinds.network],
      nat: kinds.network === 'made' ? file(`nat/\${param:nat}`) : null,
      cache: kinds.network === 'none' ? null : cacheOf[kinds.cache](),
      cassandra: wayToCassandra(kinds),
      tables: tablesOf(kinds),
      keys: given('PARLEY_KEYS_SECRET') ? null : file('keys'),
    },
    page,
    settings: settingsOf(kinds, page),
    alarmActions: given('PARLEY_ALARM_TOPIC') ? [given('PARLEY_ALARM_TOPIC')] : [],
    origins: [...(given('PARLEY_ORIGINS')?.split(',') ?? []), page.origin],
    redisPort: kinds.cache === 'given' ? Number(new URL(given('PARLEY_REDIS_URL')).port || 6379) : 6379,
    cassandraPort: Number(given('PARLEY_CASSANDRA_PORT') ?? (kinds.cassandra === 'given' ? 9042 : 9142)),
  };
};

/** A local gateway reads the same file, and makes nothing of it. */
const locally = { vpc: null, resources: {}, settings: { PARLEY_ORIGINS: given('PARLEY_ORIGINS') ?? '' } };

module.exports = () => {
  const kinds = chosen();
  if (given('PARLEY_LOCAL') === 'true') return { ...partsOf({ ...kinds, network: 'none' }), ...locally };
  checkSecrets();
  check(kinds);
  return partsOf(kinds);
};
