import type { IncomingMessage } from 'node:http';
import { FunctionError } from '../lambda/instance.ts';
import { queryPairs } from '../request.ts';
import { type Api, authorizerEvent, type Facts } from './events.ts';
import { allows } from './policy.ts';

/**
 * A Lambda REQUEST authorizer (platform.md 1.3): it runs once for a connection and is never cached; it is not called
 * when an identity source is missing or empty; `Unauthorized` thrown is 401, any other failure 500, a Deny 403.
 */
export type Refusal = { status: number; message: string };
export type Authorized = { authorizer: Record<string, unknown> };

const unauthorized: Refusal = { status: 401, message: 'Unauthorized' };
const broken: Refusal = { status: 500, message: 'Internal server error' };
const denied: Refusal = {
  status: 403,
  message: 'User is not authorized to access this resource with an explicit deny',
};

const sourceValue = (source: string, request: IncomingMessage): string | undefined => {
  const [, kind, name = ''] = source.match(/^route\.request\.(header|querystring)\.(.+)$/) ?? [];
  if (kind === 'header') return request.headers[name.toLowerCase()]?.toString();
  if (kind === 'querystring') return Object.fromEntries(queryPairs(request))[name];
  throw new Error(`the identity source ${source} is not known here`);
};

type Result = {
  principalId?: unknown;
  policyDocument?: { Statement?: Parameters<typeof allows>[0] };
  context?: Record<string, unknown>;
};

/** Context values reach every event as strings; an object or a list among them breaks the authorizer. */
const contextOf = ({ principalId, context = {} }: Result): Record<string, unknown> | undefined => {
  const values = Object.values(context);
  if (values.some((value) => typeof value === 'object' && value !== null)) return undefined;
  const strings = Object.entries(context).map(([name, value]) => [name, String(value)]);
  return { ...Object.fromEntries(strings), principalId, integrationLatency: 1 };
};

export const authorize = async (
  options: {
    api: Api;
    sources: string[];
    resultBytes: number;
    invoke: (event: unknown) => Promise<unknown>;
  },
  request: IncomingMessage,
  facts: Facts,
): Promise<Authorized | Refusal> => {
  const { api, sources, resultBytes, invoke } = options;
  if (sources.some((source) => !sourceValue(source, request))) return unauthorized;
  const event = authorizerEvent(api, request, facts);
  let result: Result | null;
  try {
    result = (await invoke(event)) as Result | null;
  } catch (error) {
    const said = error instanceof FunctionError ? error.failure.errorMessage : '';
    return said === 'Unauthorized' ? unauthorized : broken;
  }
  const statements = result?.policyDocument?.Statement;
  if (!result || !statements || typeof result.principalId !== 'string') return broken;
  if (Buffer.byteLength(JSON.stringify(result)) > resultBytes) return broken;
  if (!allows(statements, event.methodArn)) return denied;
  const authorizer = contextOf(result);
  return authorizer ? { authorizer } : broken;
};
