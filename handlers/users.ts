import { findByIds, findByName, readMe } from '../lib/actions/users/find.ts';
import { issueTicket } from '../lib/actions/users/issue-ticket.ts';
import { register } from '../lib/actions/users/register.ts';
import { signIn } from '../lib/actions/users/sign-in.ts';
import { onHttp, routesOver } from '../lib/edge/on-http.ts';
import { readBy } from '../lib/edge/read.ts';
import * as live from '../lib/live.ts';
import { Credentials, UserIds, UsersQuery } from '../schema/http.ts';

const { open, signedIn } = routesOver(() => ({
  chance: live.chance,
  clock: live.clock,
  rates: live.rates(),
  tickets: live.tickets(),
  tokens: live.tokens(),
  users: live.users(),
}));

export const handler = onHttp({
  'POST /v1/register': open({ body: Credentials }, (app, { body }) => register(app, body), 201),
  'POST /v1/tokens': open({ body: Credentials }, (app, { body }) => signIn(app, body), 201),
  'POST /v1/tickets': signedIn({}, (app, caller) => issueTicket(app, caller), 201),
  'GET /v1/me': signedIn({}, (app, caller) => readMe(app, caller)),
  'GET /v1/users': signedIn({ query: UsersQuery }, (app, _caller, { query }) =>
    query.name !== undefined
      ? findByName(app, query.name)
      : findByIds(app, readBy(UserIds, query.ids?.split(','), 'query')),
  ),
  'GET /.well-known/jwks.json': open({}, async ({ tokens }) => ({ reply: await tokens.keySet() })),
});
