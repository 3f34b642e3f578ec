import { authenticate, redeemTicket } from './backend/acts/sessions.ts';
import { connect, disconnect } from './backend/connections.ts';
import { type HttpAnswer, type HttpRequest, serve } from './backend/http/serve.ts';
import { limits } from './backend/limits.ts';
import { receive } from './backend/receive.ts';
import { errorFrame, errors, problem, Refusal } from './backend/refusal.ts';
import type { Connection, World } from './backend/world.ts';
import { idBy } from './chance.ts';
import type { Backend } from './device.ts';
import type { Fate, Interference } from './interference.ts';
import type { Client, Session, Shown } from './line/socket.ts';

type Parts = {
  /** Whether the server runs at all. */
  isUp(): boolean;
  interfere: Interference;
  /** A connection came: time has to be looked after. */
  onConnect(): void;
};

const closed = { deleted: 1000, binary: 1003, lost: 1006, tooLarge: 1009 };

const objectIn = (text: string | undefined): Record<string, unknown> => {
  try {
    return { ...JSON.parse(text ?? '{}') };
  } catch {
    return {};
  }
};

const asked = () => new Refusal('unavailable', 'the test wants it so');
const refusalOf = (fate: Fate): Refusal | undefined => {
  if (fate === undefined || fate === 'lost' || fate === 'broken') return undefined;
  const code = typeof fate === 'string' ? fate : fate.done;
  return new Refusal(code, asked().message, code === 'rate-limited' ? { retryAfterMs: 1_000 } : {});
};
/** Whether nothing is to be done. */
const isUndone = (fate: Fate) => fate === 'broken' || (typeof fate === 'string' && fate !== 'lost');

/** The server's ends of sockets and requests. */
export const createBackend = (world: World, url: string, { isUp, interfere, onConnect }: Parts): Backend => {
  const answer = (connection: Connection, text: string): object | undefined => {
    const frame = objectIn(text);
    const fate = interfere({ what: String(frame.action), content: frame, user: connection.user.id });
    const done = isUndone(fate) ? undefined : receive(world, connection, text);
    if (fate === 'lost') return undefined;
    if (fate === 'broken') {
      return { message: 'Internal server error', connectionId: connection.id, requestId: idBy(world.chance) };
    }
    const refusal = refusalOf(fate);
    return refusal ? errorFrame(refusal, typeof frame.id === 'string' ? frame.id : undefined) : done;
  };

  return {
    url,

    connect: ({ token, ticket }: Shown, client: Client): Session => {
      if (!isUp()) throw asked();
      const claims =
        token === undefined && ticket !== undefined
          ? redeemTicket(world, ticket)
          : authenticate(world, token);
      const connection = connect(world, claims, {
        post: (frame, kind) => client.post(JSON.stringify(frame), kind),
        close: () => client.close(closed.deleted),
      });
      onConnect();
      return {
        receive: (text) => {
          // What the server has ended without the client's knowing ends with the next frame.
          if (!world.connections.has(connection.id)) return client.close(closed.lost);
          if (typeof text !== 'string') return client.close(closed.binary);
          if (new TextEncoder().encode(text).length > limits.frameBytes) return client.close(closed.tooLarge);
          const answered = answer(connection, text);
          if (answered) connection.post(answered, 'answer');
        },
        ended: () => disconnect(world, connection),
      };
    },

    serve: (request: HttpRequest): HttpAnswer | undefined => {
      if (!isUp()) return undefined;
      const [path = ''] = request.path.split('?');
      const content = { path, ...objectIn(request.body) };
      const fate = interfere({ what: request.method, content, user: undefined });
      const done = isUndone(fate) ? undefined : serve(world, request);
      if (fate === 'lost') return undefined;
      if (fate === 'broken') return { status: 500, headers: {}, body: { message: 'Internal Server Error' } };
      const refusal = refusalOf(fate);
      const headers = { 'content-type': 'application/problem+json' };
      return refusal ? { status: errors[refusal.code].status, headers, body: problem(refusal) } : done;
    },
  };
};
