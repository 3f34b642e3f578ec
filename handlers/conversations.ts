import * as z from 'zod/mini';
import { createConversation } from '../lib/actions/conversations/create.ts';
import { listConversations } from '../lib/actions/conversations/list.ts';
import { readConversation } from '../lib/actions/conversations/read.ts';
import { renameConversation } from '../lib/actions/conversations/rename.ts';
import { addMember } from '../lib/actions/members/add.ts';
import { changeMember } from '../lib/actions/members/change.ts';
import { listMembers } from '../lib/actions/members/list.ts';
import { removeMember } from '../lib/actions/members/remove.ts';
import { readMessages } from '../lib/actions/messages/read.ts';
import { postMessage } from '../lib/actions/messages/send.ts';
import { readReceipts } from '../lib/actions/receipts/read.ts';
import { readUnread } from '../lib/actions/receipts/unread.ts';
import { postSync } from '../lib/actions/sync/sync.ts';
import { onHttp, routesOver } from '../lib/edge/on-http.ts';
import * as live from '../lib/live.ts';
import {
  AddMember,
  ChangeMember,
  CreateConversation,
  MessagesQuery,
  PageQuery,
  PostMessage,
  ReceiptsQuery,
  RetryQuery,
  SyncRequest,
  UpdateConversation,
} from '../schema/http/conversations.ts';
import { ConversationId, UserId } from '../schema/ids.ts';

const { signedIn } = routesOver(() => ({
  chance: live.chance,
  clock: live.clock,
  connections: live.connections(),
  conversations: live.conversations(),
  cursors: live.cursors(),
  gateway: live.gateway(),
  log: live.log,
  members: live.members(),
  messages: live.messages(),
  policy: live.policy(),
  queue: live.queue(),
  rates: live.rates(),
  receipts: live.receipts(),
  spareRates: live.spareRates(),
  tokens: live.tokens(),
  unannounced: live.unannounced(),
  users: live.users(),
}));

const path = z.object({ id: ConversationId });
const memberPath = z.object({ id: ConversationId, user: UserId });

export const handler = onHttp({
  'GET /v1/conversations': signedIn({ query: PageQuery }, (app, caller, { query }) =>
    listConversations(app, caller, query),
  ),
  'POST /v1/conversations': signedIn(
    { body: CreateConversation },
    (app, caller, { body }) => createConversation(app, caller, body),
    ({ created }) => (created ? 201 : 200),
  ),
  'GET /v1/conversations/{id}': signedIn({ path }, (app, caller, asked) =>
    readConversation(app, caller, asked.path.id),
  ),
  'PATCH /v1/conversations/{id}': signedIn({ path, body: UpdateConversation }, (app, caller, asked) =>
    renameConversation(app, caller, asked.path.id, asked.body),
  ),
  'GET /v1/conversations/{id}/members': signedIn({ path, query: PageQuery }, (app, caller, asked) =>
    listMembers(app, caller, asked.path.id, asked.query),
  ),
  'POST /v1/conversations/{id}/members': signedIn(
    { path, body: AddMember },
    (app, caller, asked) => addMember(app, caller, asked.path.id, asked.body),
    201,
  ),
  'PATCH /v1/conversations/{id}/members/{user}': signedIn(
    { path: memberPath, body: ChangeMember },
    (app, caller, { path: { id, user }, body }) => changeMember(app, caller, id, user, body),
  ),
  'DELETE /v1/conversations/{id}/members/{user}': signedIn(
    { path: memberPath, query: RetryQuery },
    (app, caller, { path: { id, user }, query }) => removeMember(app, caller, id, user, query),
  ),
  'GET /v1/conversations/{id}/messages': signedIn({ path, query: MessagesQuery }, (app, caller, asked) =>
    readMessages(app, caller, asked.path.id, asked.query),
  ),
  'POST /v1/conversations/{id}/messages': signedIn(
    { path, body: PostMessage },
    (app, caller, asked) => postMessage(app, caller, asked.path.id, asked.body),
    201,
  ),
  'GET /v1/conversations/{id}/receipts': signedIn({ path, query: ReceiptsQuery }, (app, caller, asked) =>
    readReceipts(app, caller, asked.path.id, asked.query),
  ),
  'POST /v1/sync': signedIn({ body: SyncRequest }, (app, caller, { body }) => postSync(app, caller, body)),
  'GET /v1/unread': signedIn({}, (app, caller) => readUnread(app, caller)),
});
