import { Agent, request } from 'node:http';
import type { Gateway } from '../../lib/gateway/port.ts';
import { limits } from '../../schema/limits.ts';

/** The floor: a bare kept-alive POST of node:http, with no signature and no time limit. */
export const unsignedPost = (endpoint: string): Gateway['post'] => {
  const { hostname, port } = new URL(endpoint);
  const agent = new Agent({
    keepAlive: true,
    maxSockets: limits.inlinePosts,
    maxFreeSockets: limits.inlinePosts,
  });
  return (connection, frame) =>
    new Promise((resolve) => {
      const path = `/@connections/${encodeURIComponent(connection)}`;
      const headers = { 'content-length': Buffer.byteLength(frame) };
      const asked = request({ agent, hostname, port, method: 'POST', path, headers }, (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode === 200 ? 'sent' : 'failed'));
      });
      asked.once('error', () => resolve('failed'));
      asked.end(frame);
    });
};
