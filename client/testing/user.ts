import { ParleyError } from '../error.ts';
import type { Ack, ErrorFrame, Problem, UserId } from '../wire.gen.ts';
import type { Frame } from './backend/asked.ts';
import { disconnect, enrol } from './backend/connections.ts';
import { serve } from './backend/http/serve.ts';
import { receive } from './backend/receive.ts';
import type { Connection, User, World } from './backend/world.ts';
import { idBy } from './chance.ts';
import { type Backend, createDevice, type TestDevice } from './device.ts';

/** Somebody. What they do by these methods they do at once, without being connected, as often as they like. */
export type TestUser = {
  readonly id: UserId;
  readonly name: string;
  /** Signs in on another device; its tokens are good for so many seconds. */
  device(options?: { tokenSeconds?: number }): TestDevice;
  /** Sends a message to a conversation, or to a user. */
  say(to: string | { readonly id: UserId }, text: string, options?: { replyTo?: number; type?: string }): Ack;
  /** Sends any frame of the protocol, and gives its answer. Throws a `ParleyError` where it is refused. */
  ask<Answer extends object = Ack>(frame: Frame): Answer;
  /** Sends any request of `/v1`, and gives its answer. Throws a `ParleyError` where it is refused. */
  request<Answer extends object>(method: string, path: string, body?: object): Answer;
  /** Is online from now on, until the returned function is called. */
  appear(): () => void;
};

const isRefused = (answer: object): answer is ErrorFrame => Reflect.get(answer, 'type') === 'error';
const isProblem = (answer: object): answer is Problem => 'code' in answer && 'detail' in answer;

/** What they use for what they do at once. */
const hidden = 'stand-in';

/** A connection that no socket belongs to. */
const standIn = ({ clock, chance }: World, user: User): Connection => ({
  id: idBy(chance),
  user,
  device: hidden,
  role: 'user',
  expiresAt: Number.MAX_SAFE_INTEGER,
  since: clock.now(),
  last: clock.now(),
  every: 0,
  watching: [],
  forgotten: false,
  asked: false,
  post: () => {},
  close: () => {},
});

export const createUser = (world: World, backend: Backend, user: User): TestUser => {
  const { id, name } = user;
  user.devices.set(hidden, { createdAt: world.clock.now(), isHidden: true });
  /** Their windows are as if they had never done anything. */
  const unlimited = () => {
    for (const subject of [`send ${id}`, `requests ${id}`]) world.rates.delete(subject);
  };
  const self: TestUser = {
    id,
    name,
    device: ({ tokenSeconds = world.tokenSeconds } = {}) => createDevice(world, backend, user, tokenSeconds),
    say: (to, text, options) => {
      const where = typeof to === 'string' ? to : to.id;
      const target = where.startsWith('u:') ? { to: where } : { conversation: where };
      return self.ask({ action: 'sendMessage', ...target, text, ...options });
    },
    ask: (frame) => {
      unlimited();
      const answer = receive(world, standIn(world, user), JSON.stringify(frame));
      if (isRefused(answer)) throw new ParleyError(answer.code, answer.message, answer);
      return answer as never;
    },
    request: (method, path, body) => {
      unlimited();
      const request = { method, path, token: undefined, body: body && JSON.stringify(body) };
      const { body: answer } = serve(world, request, standIn(world, user));
      if (isProblem(answer)) throw new ParleyError(answer.code, answer.detail, answer);
      return answer as never;
    },
    appear: () => {
      const connection = standIn(world, user);
      enrol(world, connection);
      return () => disconnect(world, connection);
    },
  };
  return self;
};
