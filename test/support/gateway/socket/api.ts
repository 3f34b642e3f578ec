import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Deployment } from '../deployment/deployment.ts';
import type { Functions } from '../lambda/functions.ts';
import type { Limits } from '../limits.ts';
import { type Closed, type Connection, openConnection } from './connection.ts';
import { connectionsApi, type Interference, type Post } from './connections-api.ts';
import { type Api, disconnectEvent } from './events.ts';
import { watchFrames } from './frame-sizes.ts';
import { refuse, shakeHands } from './handshake.ts';
import { dispatch } from './messages.ts';
import type { Keys } from './signature.ts';

/** The WebSocket API: one port for handshakes and `@connections`, the stage in the path of both. */
export type SocketServer = {
  port: number;
  api: Api;
  connections: Map<string, Connection>;
  posts: Post[];
  interfere(how: Interference | undefined): void;
  loseDisconnects(lost: boolean): void;
  /** Cuts the kept-alive sockets of those who post. */
  cutPosters(): void;
  /** From now on handshakes come in. */
  serve(functions: Functions): void;
  stop(): Promise<void>;
};

export const startSocketApi = async (
  deployment: Pick<Deployment, 'stage' | 'region' | 'socket'>,
  limits: Limits,
  keys: Keys,
): Promise<SocketServer> => {
  const connections = new Map<string, Connection>();
  const posts: Post[] = [];
  let interference: Interference | undefined;
  let areDisconnectsLost = false;
  const posters = new Set<Socket>();

  const server = createServer({ keepAliveTimeout: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { stage, region, socket: routes } = deployment;
  const api: Api = { apiId: 'localsocket', stage, region, domainName: `127.0.0.1:${port}` };

  const handlePost = connectionsApi({
    ...{ stage, region, keys, limits, connections },
    interfering: () => interference,
    onPost: (post) => void posts.push(post),
  });
  server.on('connection', (socket) => {
    posters.add(socket);
    socket.once('close', () => posters.delete(socket));
  });
  server.on('request', (request, response) => {
    handlePost(request, response).catch((error: Error) => response.destroy(error));
  });

  const protocols = new WeakMap<IncomingMessage, string>();
  // `ws` would choose a subprotocol by itself; API Gateway sends what `$connect` returned and nothing else.
  const upgrading = new WebSocketServer({
    noServer: true,
    maxPayload: limits.messageBytes,
    handleProtocols: () => false,
  });
  upgrading.on('headers', (headers, request) => {
    const protocol = protocols.get(request);
    if (protocol !== undefined) headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
  });

  const serve = ({ invoke }: Functions) => {
    const way = { api, socket: routes, limits, invoke };

    /** Best effort (platform.md 1.2): nobody learns whether it was run. */
    const onEnd = ({ facts }: Connection, closed: Closed) => {
      connections.delete(facts.connectionId);
      const route = routes.routes.get('$disconnect');
      if (!route || areDisconnectsLost) return;
      invoke(route.function, disconnectEvent(api, facts, closed)).catch(() => {});
    };
    const letIn = async (request: IncomingMessage, socket: Socket, head: Buffer) => {
      const outcome = await shakeHands(way, request);
      if ('status' in outcome) return refuse(socket, outcome);
      const { facts, protocol } = outcome;
      if (protocol !== undefined) protocols.set(request, protocol);
      let connection: Connection | undefined;
      watchFrames(socket, limits.frameBytes, (complete) => connection?.exceed(complete));
      upgrading.handleUpgrade(request, socket, head, (opened) => {
        connection = openConnection({
          socket: opened,
          ...{ facts, limits, onEnd },
          onMessage: (one, text) => void dispatch(way, one, text),
        });
        connections.set(facts.connectionId, connection);
      });
    };
    server.on('upgrade', (request, socket, head) => {
      posters.delete(socket as Socket);
      socket.on('error', () => {});
      letIn(request, socket as Socket, head).catch((error: Error) => socket.destroy(error));
    });
  };

  return {
    ...{ port, api, connections, posts, serve },
    interfere: (how) => {
      interference = how;
    },
    loseDisconnects: (lost) => {
      areDisconnectsLost = lost;
    },
    cutPosters: () => {
      for (const socket of posters) socket.resetAndDestroy();
    },
    stop: async () => {
      areDisconnectsLost = true;
      for (const socket of upgrading.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
