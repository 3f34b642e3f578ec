import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { settingNames } from '../../lib/config.ts';
import { actions } from '../../schema/actions.ts';
import { routes } from '../../schema/http/routes.ts';
import { filesIn, root, textOf } from './sources.ts';

type Event = {
  websocket?: { route: string; routeResponseSelectionExpression?: string; authorizer?: unknown };
  httpApi?: string;
};
type Lambda = { handler: string; role: string; package: { patterns: string[] }; events?: Event[] };

const service = parse(textOf('serverless.yml'));
const functions = Object.entries<Lambda>(service.functions);
const events = functions.flatMap(([, { events = [] }]) => events);
const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

describe('serverless.yml and the code agree', () => {
  test('every handler is a function, and packs its own bundle alone', () => {
    expect(functions.map(([name]) => `handlers/${kebab(name)}.ts`).sort()).toEqual(
      filesIn('handlers', '.ts'),
    );
    for (const [name, lambda] of functions) {
      expect(lambda.handler).toBe(`\${self:custom.dist}/${kebab(name)}.handler`);
      expect(lambda.package.patterns).toEqual([`\${self:custom.dist}/${kebab(name)}.cjs`]);
    }
  });

  test('every action has a route that answers, and there is no other', () => {
    const answering = events.flatMap(({ websocket }) =>
      websocket?.routeResponseSelectionExpression ? [websocket.route] : [],
    );
    expect(answering.sort()).toEqual(['$default', ...Object.keys(actions)].sort());
    expect(service.provider.websocketsApiRouteSelectionExpression).toBe('$request.body.action');
  });

  test('every HTTP route of the schema is one of a function, and the other way round', () => {
    const served = events.flatMap(({ httpApi }) => httpApi ?? []);
    expect(served.sort()).toEqual(Object.keys(routes).sort());
    const inHandlers = filesIn('handlers', '.ts').flatMap((file) =>
      [...textOf(file).matchAll(/'((?:GET|POST|PUT|PATCH|DELETE) \/[^']*)'/g)].map(
        ([, route]) => route ?? '',
      ),
    );
    expect(inHandlers.sort()).toEqual(Object.keys(routes).sort());
  });

  test('the functions are given exactly the settings that config.ts reads', () => {
    const given = Object.keys(service.provider.environment);
    expect(given.sort()).toEqual(settingNames.filter((name) => !name.startsWith('AWS_')).sort());
  });

  test('the authorizer looks for the token itself', () => {
    const connect = events.find(({ websocket }) => websocket?.route === '$connect')?.websocket;
    expect(connect?.authorizer).toEqual({ name: 'authorize', identitySource: ['route.request.header.Host'] });
  });

  test('what people write does not reach the logs of the gateway', () => {
    expect(service.provider.logs.websocket.fullExecutionData).toBe(false);
  });

  test('every function has a role of its own, and only those that speak may post', async () => {
    for (const [name, { role }] of functions)
      expect(role).toBe(`${name[0]?.toUpperCase()}${name.slice(1)}Role`);
    const { default: make } = await import(`${root}/scripts/roles.cjs`);
    const resolveVariable = async (name: string) => (name === 'sls:stage' ? 'dev' : service.functions);
    const { Resources } = await make({ resolveVariable });
    const text = (name: string) => JSON.stringify(Resources[name]);
    expect(Object.keys(Resources).sort()).toEqual(functions.map(([, { role }]) => role).sort());
    const posting = functions.filter(([, { role }]) => text(role).includes('execute-api:ManageConnections'));
    expect(posting.map(([name]) => name).sort()).toEqual([
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
    for (const [, { role }] of posting) expect(text(role)).toContain('"Ref":"WebsocketsApi"');
  });

  test('who publishes may fill the queue of posts, and `deliver` empties it', async () => {
    const { default: make } = await import(`${root}/scripts/roles.cjs`);
    const resolveVariable = async (name: string) => (name === 'sls:stage' ? 'dev' : service.functions);
    const { Resources } = await make({ resolveVariable });
    const may = (action: string) =>
      functions
        .filter(([, { role }]) => JSON.stringify(Resources[role]).includes(action))
        .map(([name]) => name)
        .sort();
    const queueing = functions.filter(([name]) =>
      textOf(`handlers/${kebab(name)}.ts`).includes('queue: live.queue()'),
    );
    expect(may('sqs:SendMessage')).toEqual(queueing.map(([name]) => name).sort());
    expect(may('sqs:ReceiveMessage')).toEqual(['deliver']);
    // These only say goodbye, or post what others have queued.
    const quiet = may('execute-api:ManageConnections').filter(
      (name) => !may('sqs:SendMessage').includes(name),
    );
    expect(quiet).toEqual(['deliver', 'operate', 'refreshToken', 'sync', 'users']);
  });

  test('it runs on the Node that the project runs on', () => {
    const { devDependencies } = JSON.parse(textOf('package.json'));
    expect(service.provider.runtime).toBe(`nodejs${devDependencies.node.split('.')[0]}.x`);
    expect(service.provider.architecture).toBe('arm64');
  });
});
