import type { Session } from '../../schema/http/users.ts';
import { type Client, openClient } from './client.ts';
import { aKey } from './ids.ts';

/** The product as its users meet it, whatever runs it. */
export type Running = {
  /** Where sockets are opened. */
  url: string;
  /** Where everything else is asked. */
  httpUrl: string;
  http(method: string, path: string, more?: { token?: string; body?: unknown }): Promise<HttpAnswer>;
  /** A user nobody else has. */
  register(name?: string): Promise<Session>;
  connect(session: Pick<Session, 'token'>): Promise<Client>;
};

// biome-ignore lint/suspicious/noExplicitAny: the bodies of all routes
type HttpAnswer = { status: number; body: any; headers: Headers };

export const clientsOf = (base: string, url: string): Running => {
  const http: Running['http'] = async (method, path, { token, body } = {}) => {
    const response = await fetch(base + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json(), headers: response.headers };
  };
  return {
    url,
    httpUrl: base,
    http,
    register: async (who = aKey()) => {
      const { status, body } = await http('POST', '/v1/register', {
        body: { name: who, password: 'correct horse' },
      });
      if (status !== 201) throw new Error(`unable to register: ${JSON.stringify(body)}`);
      return body;
    },
    connect: ({ token }) => openClient(url, { protocols: ['chat.v1', `bearer.${token}`] }),
  };
};
