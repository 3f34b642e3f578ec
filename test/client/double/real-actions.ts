import { block } from '../../../lib/actions/blocks/block.ts';
import { unblock } from '../../../lib/actions/blocks/unblock.ts';
import { ping } from '../../../lib/actions/connections/ping.ts';
import { typing } from '../../../lib/actions/connections/typing.ts';
import { createConversation } from '../../../lib/actions/conversations/create.ts';
import { listConversations } from '../../../lib/actions/conversations/list.ts';
import { readConversation } from '../../../lib/actions/conversations/read.ts';
import { renameConversation } from '../../../lib/actions/conversations/rename.ts';
import { addMember } from '../../../lib/actions/members/add.ts';
import { changeMember } from '../../../lib/actions/members/change.ts';
import { join } from '../../../lib/actions/members/join.ts';
import { leave } from '../../../lib/actions/members/leave.ts';
import { listMembers } from '../../../lib/actions/members/list.ts';
import { removeMember } from '../../../lib/actions/members/remove.ts';
import { deleteMessage, editMessage, react } from '../../../lib/actions/messages/change.ts';
import { readMessages } from '../../../lib/actions/messages/read.ts';
import { postMessage, sendMessage } from '../../../lib/actions/messages/send.ts';
import { watchPresence } from '../../../lib/actions/presence/watch.ts';
import { markDelivered, markRead } from '../../../lib/actions/receipts/mark.ts';
import { readReceipts } from '../../../lib/actions/receipts/read.ts';
import { readUnread } from '../../../lib/actions/receipts/unread.ts';
import { postSync, sync } from '../../../lib/actions/sync/sync.ts';
import { perform } from '../../../lib/edge/perform.ts';
import { idIn, readBy, readObject } from '../../../lib/edge/read.ts';
import { AppError, errorFrame, problem } from '../../../lib/errors.ts';
import type { Outcome } from '../../../lib/outcome.ts';
import { actions } from '../../../schema/actions.ts';
import {
  AddMember,
  ChangeMember,
  CreateConversation,
  MessagesQuery,
  PageQuery,
  PostMessage,
  ReceiptsQuery,
  SyncRequest,
  UpdateConversation,
} from '../../../schema/http/conversations.ts';
import type { ConversationId, UserId } from '../../../schema/ids.ts';
import type { Person, TestApp } from '../../support/app.ts';

// biome-ignore lint/suspicious/noExplicitAny: each act takes what its own schema has read
type Act = (app: TestApp, caller: Person, frame: any) => Promise<Outcome<object>>;

const acts: Record<string, Act> = {
  sendMessage,
  editMessage,
  deleteMessage,
  react,
  join,
  leave,
  markDelivered,
  markRead,
  typing,
  watchPresence,
  sync,
  ping,
};

/** What the real actions answer to a frame, over memory ports. */
export const askReal = async (app: TestApp, person: Person, text: string): Promise<object> => {
  try {
    const object = readObject(text);
    const name = String(object.action);
    const act = acts[name];
    if (!act) throw new AppError('unknown-action', 'unable to act; no such action', { pointer: '/action' });
    const frame = readBy(actions[name as keyof typeof actions].frame as never, object, 'frame');
    return await perform(app, await act(app, person, frame));
  } catch (error) {
    if (error instanceof AppError) return errorFrame(error, idIn(text));
    throw error;
  }
};

type Asked = { id: ConversationId; user: UserId; query: object; body: unknown };
type Route = (app: TestApp, caller: Person, asked: Asked) => Promise<Outcome<object>>;

const routes: Record<string, Route> = {
  'GET /v1/conversations': (app, caller, { query }) =>
    listConversations(app, caller, readBy(PageQuery, query, 'query')),
  'POST /v1/conversations': (app, caller, { body }) =>
    createConversation(app, caller, readBy(CreateConversation, body, 'body')),
  'GET /v1/conversations/{id}': (app, caller, { id }) => readConversation(app, caller, id),
  'PATCH /v1/conversations/{id}': (app, caller, { id, body }) =>
    renameConversation(app, caller, id, readBy(UpdateConversation, body, 'body')),
  'GET /v1/conversations/{id}/members': (app, caller, { id, query }) =>
    listMembers(app, caller, id, readBy(PageQuery, query, 'query')),
  'POST /v1/conversations/{id}/members': (app, caller, { id, body }) =>
    addMember(app, caller, id, readBy(AddMember, body, 'body')),
  'PATCH /v1/conversations/{id}/members/{user}': (app, caller, { id, user, body }) =>
    changeMember(app, caller, id, user, readBy(ChangeMember, body, 'body')),
  'DELETE /v1/conversations/{id}/members/{user}': (app, caller, { id, user }) =>
    removeMember(app, caller, id, user, {}),
  'GET /v1/conversations/{id}/messages': (app, caller, { id, query }) =>
    readMessages(app, caller, id, readBy(MessagesQuery, query, 'query')),
  'POST /v1/conversations/{id}/messages': (app, caller, { id, body }) =>
    postMessage(app, caller, id, readBy(PostMessage, body, 'body')),
  'GET /v1/conversations/{id}/receipts': (app, caller, { id, query }) =>
    readReceipts(app, caller, id, readBy(ReceiptsQuery, query, 'query')),
  'POST /v1/sync': (app, caller, { body }) => postSync(app, caller, readBy(SyncRequest, body, 'body')),
  'GET /v1/unread': (app, caller) => readUnread(app, caller),
  'PUT /v1/blocks/{user}': (app, caller, { user }) => block(app, caller, user),
  'DELETE /v1/blocks/{user}': (app, caller, { user }) => unblock(app, caller, user),
};

const found = (method: string, pathname: string) => {
  for (const [name, route] of Object.entries(routes)) {
    const [own, template = ''] = name.split(' ');
    const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, param = '']) => param);
    const values = new RegExp(`^${template.replace(/\{\w+\}/g, '([^/]+)')}$`).exec(pathname);
    if (own === method && values) {
      return { route, path: Object.fromEntries(names.map((param, i) => [param, values[i + 1]])) };
    }
  }
  throw new Error(`no such route: ${method} ${pathname}`);
};

/** What the real actions answer to a request, over memory ports. */
export const requestReal = async (
  app: TestApp,
  person: Person,
  method: string,
  target: string,
  body: unknown,
): Promise<object> => {
  const url = new URL(target, 'https://parley.test');
  const { route, path } = found(method, url.pathname);
  try {
    const asked = { ...path, query: Object.fromEntries(url.searchParams), body } as unknown as Asked;
    return await perform(app, await route(app, person, asked));
  } catch (error) {
    if (error instanceof AppError) return problem(error);
    throw error;
  }
};
