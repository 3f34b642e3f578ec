import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { ConnectionId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import { type Credentials, createSigner, encodeSegment } from '../aws/sigv4.ts';
import { idleMs } from '../idle.ts';
import { type Closed, type Gateway, type Posted, postMs } from './port.ts';

export type GatewayOptions = {
  /** `https://{api}.execute-api.{region}.amazonaws.com/{stage}`; a custom domain has no stage. */
  endpoint: string;
  region: string;
  credentials: () => Promise<Credentials>;
};

/**
 * Signed requests over kept-alive sockets: a tenth of the SDK's CPU (docs/PERFORMANCE.md), and its meaning, held to
 * the same contract suite. node:https, for undici would cost 40 ms more at every cold start.
 */
export const posterGateway = ({ endpoint, region, credentials }: GatewayOptions): Gateway => {
  const { protocol, hostname, port, host, pathname } = new URL(endpoint);
  const secure = protocol === 'https:';
  const sockets = { keepAlive: true, maxSockets: limits.inlinePosts, maxFreeSockets: limits.inlinePosts };
  const newAgent = () => (secure ? new HttpsAgent(sockets) : new HttpAgent(sockets));
  let agent = newAgent();
  let usedAt = Date.now();
  /** NAT forgets a connection after 350 s of silence, and a frozen Lambda does not hear of it. */
  const awake = () => {
    const now = Date.now();
    if (now - usedAt > idleMs) {
      agent.destroy();
      agent = newAgent();
    }
    usedAt = now;
    return agent;
  };
  const send = secure ? httpsRequest : httpRequest;
  const sign = createSigner({ region, service: 'execute-api' });
  const base = `${pathname.replace(/\/$/, '')}/@connections/`;

  /** The status, or `undefined` where none came within `postMs`. */
  const ask = async (method: string, connection: ConnectionId, body: string): Promise<number | undefined> => {
    const path = base + encodeSegment(connection);
    const signed = sign({ method, host, path, body }, await credentials(), new Date());
    return new Promise((resolve) => {
      const headers = { ...signed, host, 'content-length': Buffer.byteLength(body) };
      const asked = send({ agent: awake(), hostname, port, method, path, headers }, (response) => {
        response.resume();
        response.once('end', () => settle(response.statusCode));
        response.once('error', () => settle(undefined));
      });
      const timer = setTimeout(() => {
        asked.destroy();
        settle(undefined);
      }, postMs);
      const settle = (status: number | undefined) => {
        clearTimeout(timer);
        resolve(status);
      };
      asked.once('error', () => settle(undefined));
      asked.end(body);
    });
  };

  return {
    post: async (connection, frame) => postedBy(await ask('POST', connection, frame).catch(() => undefined)),
    close: async (connection) => closedBy(await ask('DELETE', connection, '').catch(() => undefined)),
  };
};

const isDone = (status: number | undefined) => status !== undefined && status >= 200 && status < 300;

/** By status code alone: a local gateway answers 410 without an error's name. */
export const postedBy = (status: number | undefined): Posted => {
  if (isDone(status)) return 'sent';
  if (status === 410) return 'gone';
  if (status === 413) return 'too-large';
  return status === 429 ? 'slow' : 'failed';
};

export const closedBy = (status: number | undefined): Closed => {
  if (isDone(status)) return 'closed';
  return status === 410 ? 'gone' : 'failed';
};
