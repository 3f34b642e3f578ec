import * as z from 'zod/mini';
import { createConversation } from '../lib/actions/conversations/create.ts';
import { listConversations } from '../lib/actions/conversations/list.ts';
import { readConversation } from '../lib/actions/conversations/read.ts';
import { readMessages } from '../lib/actions/messages/read.ts';
import { postMessage } from '../lib/actions/messages/send.ts';
import { onHttp, routesOver } from '../lib/edge/on-http.ts';
import * as live from '../lib/live.ts';
import { CreateConversation, MessagesQuery, PageQuery, PostMessage } from '../schema/http.ts';
import { ConversationId } from '../schema/ids.ts';

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
  rates: live.rates(),
  spareRates: live.spareRates(),
  tokens: live.tokens(),
  unannounced: live.unannounced(),
  users: live.users(),
}));

const path = z.object({ id: ConversationId });

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
  'GET /v1/conversations/{id}/messages': signedIn({ path, query: MessagesQuery }, (app, caller, asked) =>
    readMessages(app, caller, asked.path.id, asked.query),
  ),
  'POST /v1/conversations/{id}/messages': signedIn(
    { path, body: PostMessage },
    (app, caller, asked) => postMessage(app, caller, asked.path.id, asked.body),
    201,
  ),
});
