import type { Ack } from '../../wire.gen.ts';
import { edit, react, remove } from './acts/change.ts';
import { join, leave } from './acts/members.ts';
import { presenceOf, typing, watchPresence } from './acts/presence.ts';
import { mark } from './acts/receipts.ts';
import { checkNotSelf, send, sendTo } from './acts/send.ts';
import { authenticate } from './acts/sessions.ts';
import { sync } from './acts/sync.ts';
import type { Action, Frames } from './asked.ts';
import { check, frames } from './checks.ts';
import { enrol, pass } from './connections.ts';
import { inboxOf } from './inbox.ts';
import { limits } from './limits.ts';
import type { Written } from './log.ts';
import { takeSend } from './rates.ts';
import { errorFrame, Refusal } from './refusal.ts';
import type { Connection, User, World } from './world.ts';

type Act<Name extends Action> = (world: World, caller: Connection, frame: Frames[Name]) => object;

/** Whatever takes a number counts towards the limit of sends, and registers a connection that was forgotten. */
const writing =
  <Asked>(act: (world: World, from: User, asked: Asked, except: Connection) => Written) =>
  (world: World, caller: Connection, asked: Asked): Ack => {
    pass(world, caller, { registers: true });
    takeSend(world, caller.user.id);
    return { type: 'ack', ...act(world, caller.user, asked, caller) };
  };

/** Needs a connection that is known. */
const passing =
  <Asked>(act: (world: World, caller: Connection, asked: Asked) => object) =>
  (world: World, caller: Connection, asked: Asked) => {
    pass(world, caller);
    return act(world, caller, asked);
  };

const refreshToken: Act<'refreshToken'> = (world, caller, { token }) => {
  const shown = authenticate(world, token);
  if (shown.user !== caller.user || shown.device !== caller.device) {
    throw new Refusal('forbidden', 'the token is of another user or device', { pointer: '/token' });
  }
  caller.expiresAt = caller.forgotten ? shown.expiresAt : Math.max(caller.expiresAt, shown.expiresAt);
  if (caller.forgotten) enrol(world, caller);
  return { type: 'ok', expiresAt: caller.expiresAt };
};

const ping: Act<'ping'> = (world, caller, { every }) => {
  pass(world, caller, { every });
  const presence = presenceOf(world, caller.user, caller.watching);
  return { type: 'pong', inbox: inboxOf(caller.user), ...(presence.length > 0 && { presence }) };
};

const help: Act<'help'> = (_world, _caller, { topic }) => {
  const line = (action: string) => ({
    action,
    summary: `The action ${action}.`,
    example: JSON.stringify({ action }),
  });
  if (topic === undefined) return { type: 'help', actions: Object.keys(frames).map(line) };
  if (!(topic in frames)) throw new Refusal('bad-request', 'no such action', { pointer: '/topic' });
  return { type: 'help', ...line(topic) };
};

const acts: { [Name in Action]: Act<Name> } = {
  sendMessage: (world, caller, frame) => {
    checkNotSelf(caller.user, frame.to, '/to');
    const { to, conversation = '', ...message } = frame;
    const say = writing((_, from, __: typeof frame, except) =>
      to === undefined
        ? send(world, from, conversation, message, except)
        : sendTo(world, from, to, message, except),
    );
    return say(world, caller, frame);
  },
  editMessage: writing(edit),
  deleteMessage: writing(remove),
  react: writing(react),
  join: writing(join),
  leave: writing(leave),
  markDelivered: passing(mark('delivered')),
  markRead: passing(mark('read')),
  typing: passing((world, caller, asked: Frames['typing']) => {
    typing(world, caller, asked);
    return { type: 'ok' };
  }),
  watchPresence: passing((world, caller, { users }: Frames['watchPresence']) =>
    watchPresence(world, caller, users),
  ),
  sync: (world, caller, position) => {
    pass(world, caller, { registers: true });
    return { type: 'sync', ...sync(world, caller.user, position, limits.frameBytes) };
  },
  refreshToken,
  ping,
  help,
};

const parse = (text: string): Record<string, unknown> => {
  try {
    const object: unknown = JSON.parse(text);
    if (typeof object === 'object' && object !== null && !Array.isArray(object)) return { ...object };
  } catch {
    // The same answer as to what is no object.
  }
  throw new Refusal('bad-frame', 'it is no JSON object');
};

const answerTo = (
  world: World,
  caller: Connection,
  { action, id, ...frame }: Record<string, unknown>,
): object => {
  if (typeof action !== 'string' || !Object.hasOwn(acts, action)) {
    throw new Refusal('unknown-action', 'no such action', { pointer: '/action' });
  }
  const isId = id === undefined || (typeof id === 'string' && id !== '');
  if (!isId) throw new Refusal('bad-request', '/id is wrong', { pointer: '/id' });
  check(frames[action as Action], frame);
  if (action === 'sendMessage' && (frame.to === undefined) === (frame.conversation === undefined)) {
    throw new Refusal('bad-request', 'needs either `conversation` or `to`', { pointer: '/conversation' });
  }
  const act = acts[action as Action] as (world: World, caller: Connection, frame: object) => object;
  return act(world, caller, frame);
};

/** What a frame is answered; what it sets off has been pushed by then. */
export const receive = (world: World, caller: Connection, text: string): object => {
  let id: string | undefined;
  try {
    const object = parse(text);
    if (typeof object.id === 'string' && object.id.length <= limits.frameIdCharacters) id = object.id;
    return { ...answerTo(world, caller, object), ...(id !== undefined && { id }) };
  } catch (error) {
    if (error instanceof Refusal) return errorFrame(error, id);
    throw error;
  }
};
