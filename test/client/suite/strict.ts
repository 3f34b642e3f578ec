import { importJWK, SignJWT } from 'jose';
import { WebSocket } from 'ws';
import type { SocketConstructor, Surroundings } from '../../../client/index.ts';
import { ParleyError } from '../../../client/index.ts';
import { realClock } from '../../support/clock.ts';
import { type Strict, startStrict } from '../../support/strict.ts';
import type { Device, Person, Subject, Way } from './subject.ts';

const password = 'correct horse';

/** Signs a token as the built-in issuer does, of any length and role. */
const sign = async (token: string, claims: { role?: string; seconds: number }) => {
  const { sub, sid, ...rest } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const jwk = JSON.parse(process.env.PARLEY_TOKEN_KEY ?? '{}');
  const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
  const { iss, aud } = rest;
  return new SignJWT({ sid, role: claims.role ?? rest.role })
    .setProtectedHeader(header)
    .setSubject(sub)
    .setIssuer(iss)
    .setAudience(aud)
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1_000) + claims.seconds)
    .sign(await importJWK(jwk, header.alg));
};

/** Real sockets and requests of one device, which a test can part from the network. */
const wayOf = () => {
  const sockets = new Set<WebSocket>();
  const listeners = new Set<(signal: 'online') => void>();
  let isOnline = true;
  const unreachable = 'ws://127.0.0.1:1';
  class Socket extends WebSocket {
    constructor(url: string, protocols?: string | string[]) {
      super(isOnline ? url : unreachable, protocols);
      sockets.add(this);
      this.once('close', () => sockets.delete(this));
    }
  }
  const cut = () => {
    for (const socket of sockets) socket.terminate();
  };
  const way: Way = {
    cut,
    offline: () => {
      isOnline = false;
      cut();
    },
    online: () => {
      isOnline = true;
      for (const listener of listeners) listener('online');
    },
  };
  const surroundings: Surroundings = {
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const fetcher: typeof fetch = async (...asked) => {
    if (!isOnline) throw new TypeError('fetch failed');
    return fetch(...asked);
  };
  return {
    way,
    options: { WebSocket: Socket as unknown as SocketConstructor, fetch: fetcher, surroundings },
  };
};

/** The real product, on real stores, behind the strict gateway. */
export const strictSubject = async (): Promise<Subject> => {
  const strict: Strict = await startStrict({
    PARLEY_SENDS_BY_ROLE: '{"bot":1000}',
    PARLEY_STRANGER_REQUESTS: '1000',
    PARLEY_FRAMES_PER_SECOND: '1000',
  });
  const waiting = new Set<() => void>();
  let woken = false;

  return {
    person: async (): Promise<Person> => {
      const { user, token } = await strict.register();
      const fast = await sign(token, { role: 'bot', seconds: 3_600 });
      return {
        ...user,
        device: async ({ tokenSeconds } = {}): Promise<Device> => {
          const { body } = await strict.http('POST', '/v1/tokens', { body: { name: user.name, password } });
          const { way, options } = wayOf();
          const short = tokenSeconds && (await sign(body.token, { seconds: tokenSeconds }));
          const getToken = ({ reason }: { reason: string }) =>
            reason === 'first' && short ? short : body.token;
          return { way, options: { ...options, url: strict.url, httpUrl: strict.httpUrl, getToken } };
        },
        request: async function request(method, path, body) {
          const answer = await strict.http(method, path, { token: fast, ...(body && { body }) });
          if (answer.status < 300) return answer.body;
          // Requests of one user are limited too, for as long as the answer says.
          if (answer.status === 429) {
            await realClock.pause(answer.body.retryAfterMs);
            return request(method, path, body);
          }
          throw new ParleyError(answer.body.code, answer.body.detail ?? JSON.stringify(answer.body));
        },
      };
    },
    moment: () =>
      new Promise((resolve) => {
        if (woken) resolve();
        else waiting.add(resolve);
        woken = false;
      }),
    wake: () => {
      woken = waiting.size === 0;
      for (const resolve of waiting) resolve();
      waiting.clear();
    },
    drain: async () => {
      await strict.invoke('operate', { drain: { overMs: 500 } });
    },
    kick: async ({ id }) => {
      await strict.invoke('operate', { kick: { user: id } });
    },
    stop: () => strict.stop(),
  };
};
