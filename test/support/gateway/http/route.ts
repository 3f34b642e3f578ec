import type { HttpRoute } from '../deployment/deployment.ts';

export type Match = { route: HttpRoute; parameters: Record<string, string> };

const parametersOf = (pattern: string, path: string): Record<string, string> | undefined => {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? '';
    const name = part.match(/^\{(.+)\}$/)?.[1];
    if (name === undefined && part !== value) return undefined;
    if (name !== undefined) parameters[name] = decodeURIComponent(value);
  }
  return parameters;
};

const variables = ({ route: { path } }: Match) => path.split('{').length;

/** The route of a request: of those that fit, the one with the fewest variables. */
export const routeFor = (routes: HttpRoute[], method: string, path: string): Match | undefined =>
  routes
    .filter((route) => route.method === method || route.method === 'ANY' || route.method === '*')
    .flatMap((route): Match[] => {
      const parameters = parametersOf(route.path, path);
      return parameters ? [{ route, parameters }] : [];
    })
    .sort((one, other) => variables(one) - variables(other))[0];
