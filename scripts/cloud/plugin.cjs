const { readdirSync, readFileSync, existsSync } = require('node:fs');
const { extname, join, resolve } = require('node:path');

/** The clients that the Framework brings for its own work. */
const framework = { paths: [require.resolve('serverless/package.json')] };
const client = (name) => require(require.resolve(`@aws-sdk/client-${name}`, framework));

/** Alarms that take a deployment back, five at most: nothing that a client does wrong may set one off. */
const guards = ['SocketFailures', 'FrameFailures', 'HttpFailures', 'SweepFailures', 'FaultsFast5mBurn'];

const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Files with their hash in the name are kept for good; the others are asked for anew each time. */
const keptFor = (key) => (key.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');

const object = (key, body) => ({
  Key: key,
  Body: body,
  ContentType: types[extname(key)] ?? 'application/octet-stream',
  CacheControl: keptFor(key),
});

/** Narrows the list of the header to the two APIs of this stage. */
const narrowed = (html, { httpUrl, wsUrl }) => {
  const policy = `connect-src 'self' ${new URL(httpUrl).origin} ${new URL(wsUrl).origin}`;
  return html.replace('<head>', `<head><meta http-equiv="Content-Security-Policy" content="${policy}">`);
};

const outputsOf = (stack) =>
  Object.fromEntries((stack?.Outputs ?? []).map((one) => [one.OutputKey, one.OutputValue]));

/** What the page is told: `web/` reads it. Each heartbeat is billed, so there are few. */
const configurationOf = (outputs) => ({
  httpUrl: outputs.HttpApiUrl,
  wsUrl: outputs.ServiceEndpointWebsocket,
  heartbeat: 60,
});

const objectsOf = (directory, configuration) => {
  const files = existsSync(directory) ? readdirSync(directory, { recursive: true, withFileTypes: true }) : [];
  const found = files
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .map((path) => [path.slice(directory.length + 1).replaceAll('\\', '/'), readFileSync(path)])
    .filter(([key]) => key !== 'config.json')
    .map(([key, body]) =>
      object(key, key === 'index.html' ? narrowed(body.toString(), configuration) : body),
    );
  // The page last: what it names is there when it is.
  const isPage = ({ Key }) => Key === 'index.html';
  return [
    ...found.filter((one) => !isPage(one)),
    object('config.json', JSON.stringify(configuration)),
    ...found.filter(isPage),
  ];
};

/**
 * What `serverless deploy`, `rollback` and `remove` do beyond CloudFormation: the files of the page, and the alarms that
 * take a failed deployment back, which CloudFormation wants to exist beforehand.
 */
module.exports = class {
  constructor(serverless, _options, { log }) {
    this.serverless = serverless;
    this.log = log;
    this.hooks = {
      'before:package:initialize': () => this.checkStage(),
      'before:deploy:deploy': () => this.guard(),
      'after:deploy:deploy': () => this.writePage(),
      // What goes back while an alarm rings must not itself be taken back.
      'before:rollback:rollback': () => this.unguard(),
      'before:remove:remove': () => this.emptyPage(),
    };
  }

  /** It is a part of names that ElastiCache, Keyspaces and CloudFront take, each by rules of its own. */
  checkStage() {
    const stage = this.provider.getStage();
    if (!/^[a-z][a-z0-9]{0,19}$/.test(stage))
      throw new Error(`a stage is named by up to 20 small letters and digits, not ${stage}`);
  }

  get provider() {
    return this.serverless.getProvider('aws');
  }

  async send(name, command, input) {
    const module = client(name);
    const Client = module[{ s3: 'S3Client', cloudformation: 'CloudFormationClient' }[name]];
    const opened = new Client(await this.provider.getAwsSdkV3Config());
    return opened.send(new module[`${command}Command`](input));
  }

  get stackName() {
    return this.provider.naming.getStackName();
  }

  /** `undefined` where there is no such stack. */
  async stack() {
    try {
      const { Stacks } = await this.send('cloudformation', 'DescribeStacks', { StackName: this.stackName });
      return Stacks[0];
    } catch (error) {
      if (error.name === 'ValidationError') return undefined;
      throw error;
    }
  }

  /** Page by page: DescribeStackResources tells of the first hundred alone. */
  async alarms() {
    const found = [];
    let NextToken;
    do {
      const input = { StackName: this.stackName, NextToken };
      const page = await this.send('cloudformation', 'ListStackResources', input);
      found.push(...page.StackResourceSummaries.filter((one) => guards.includes(one.LogicalResourceId)));
      NextToken = page.NextToken;
    } while (NextToken);
    return found;
  }

  /** CloudFormation keeps to the alarms of the deployment before, unless it is told that there are none. */
  unguard() {
    this.serverless.service.provider.rollbackConfiguration = {
      MonitoringTimeInMinutes: 0,
      RollbackTriggers: [],
    };
  }

  async guard() {
    const minutes = Number(this.serverless.service.custom.watchMinutes);
    const stack = await this.stack();
    if (!stack) return;
    if (minutes === 0) return this.unguard();
    const [, partition, , region, account] = stack.StackId.split(':');
    const alarms = await this.alarms();
    if (alarms.length < guards.length)
      this.log.warning(
        `of ${guards.length} alarms that should watch this deployment, ${alarms.length} exist`,
      );
    if (alarms.length === 0) return;
    this.serverless.service.provider.rollbackConfiguration = {
      MonitoringTimeInMinutes: minutes,
      RollbackTriggers: alarms.map(({ PhysicalResourceId }) => ({
        Arn: `arn:${partition}:cloudwatch:${region}:${account}:alarm:${PhysicalResourceId}`,
        Type: 'AWS::CloudWatch::Alarm',
      })),
    };
    this.log.notice(`${alarms.length} alarms watch this deployment for ${minutes} minutes`);
  }

  async writePage() {
    const outputs = outputsOf(await this.stack());
    const directory = resolve(this.serverless.serviceDir, this.serverless.service.custom.page);
    if (!existsSync(directory))
      this.log.warning(`there is no page at ${directory}: only config.json is written`);
    const objects = objectsOf(directory, configurationOf(outputs));
    for (const one of objects) await this.send('s3', 'PutObject', { Bucket: outputs.PageBucketName, ...one });
    this.log.notice(`the page: ${outputs.PageUrl}`);
    if (this.serverless.service.custom.parts.alarmActions.length === 0)
      this.log.warning('the alarms tell nobody: PARLEY_ALARM_TOPIC names no topic');
  }

  /** CloudFormation deletes no bucket that holds something. The Framework refuses a protected stack only after this. */
  async emptyPage() {
    const stack = await this.stack();
    const { PageBucketName: Bucket } = outputsOf(stack);
    if (!Bucket || stack.EnableTerminationProtection) return;
    for (;;) {
      const { Contents = [] } = await this.send('s3', 'ListObjectsV2', { Bucket });
      if (Contents.length === 0) return;
      await this.send('s3', 'DeleteObjects', {
        Bucket,
        Delete: { Objects: Contents.map(({ Key }) => ({ Key })) },
      });
    }
  }
};
