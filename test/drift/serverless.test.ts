import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { settingNames } from '../../lib/config.ts';
import { actions } from '../../schema/actions.ts';
import { routes } from '../../schema/http/routes.ts';
import { filesIn, textOf } from './sources.ts';

type Event = {
  websocket?: { route: string; routeResponseSelectionExpression?: string; authorizer?: unknown };
  httpApi?: string;
};
type Lambda = {
  vpc?: false;
  handler: string;
  role: string;
  package: { patterns: string[] };
  events?: Event[];
};

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

  test('every function has a role of its own, whose rights are those that its bundle needs', () => {
    for (const [name, { role }] of functions)
      expect(role).toBe(`${name[0]?.toUpperCase()}${name.slice(1)}Role`);
    const { functions: access } = JSON.parse(textOf('cloud/access.gen.json'));
    expect(Object.keys(access).sort()).toEqual(functions.map(([name]) => kebab(name)).sort());
  });

  test('only functions that ask nobody anything stay outside of the network', () => {
    const { functions: access } = JSON.parse(textOf('cloud/access.gen.json'));
    for (const [name, { vpc }] of functions)
      expect([name, vpc !== false]).toEqual([name, access[kebab(name)].redis]);
  });

  test('it runs on the Node that the project runs on', () => {
    const { devDependencies } = JSON.parse(textOf('package.json'));
    expect(service.provider.runtime).toBe(`nodejs${devDependencies.node.split('.')[0]}.x`);
    expect(service.provider.architecture).toBe('arm64');
  });
});
