import * as z from 'zod/mini';
import { block } from '../lib/actions/blocks/block.ts';
import { listBlocks } from '../lib/actions/blocks/list.ts';
import { unblock } from '../lib/actions/blocks/unblock.ts';
import { listDevices } from '../lib/actions/devices/list.ts';
import { revokeDevice } from '../lib/actions/devices/revoke.ts';
import { readPresence } from '../lib/actions/presence/read.ts';
import { findByIds, findByName, readMe } from '../lib/actions/users/find.ts';
import { issueTicket } from '../lib/actions/users/issue-ticket.ts';
import { register } from '../lib/actions/users/register.ts';
import { renew } from '../lib/actions/users/renew.ts';
import { signIn } from '../lib/actions/users/sign-in.ts';
import { onHttp, routesOver } from '../lib/edge/on-http.ts';
import { readBy } from '../lib/edge/read.ts';
import * as live from '../lib/live.ts';
import { Credentials, PresenceQuery, UserIds, UsersQuery } from '../schema/http/users.ts';
import { DeviceId, UserId } from '../schema/ids.ts';

const { open, signedIn } = routesOver(() => ({
  chance: live.chance,
  clock: live.clock,
  connections: live.connections(),
  conversations: live.conversations(),
  gateway: live.gateway(),
  members: live.members(),
  policy: live.policy(),
  presence: live.presence(),
  rates: live.rates(),
  seen: live.seen(),
  spareRates: live.spareRates(),
  tickets: live.tickets(),
  tokens: live.tokens(),
  unannounced: live.unannounced(),
  users: live.users(),
}));

const device = z.object({ device: DeviceId });
const user = z.object({ user: UserId });

export const handler = onHttp({
  'POST /v1/register': open({ body: Credentials }, (app, { body }) => register(app, body), 201),
  'POST /v1/tokens': open({ body: Credentials }, (app, { body }) => signIn(app, body), 201),
  'POST /v1/tokens/renew': signedIn({}, (app, caller) => renew(app, caller), 201),
  'POST /v1/tickets': signedIn({}, (app, caller) => issueTicket(app, caller), 201),
  'GET /v1/me': signedIn({}, (app, caller) => readMe(app, caller)),
  'GET /v1/users': signedIn({ query: UsersQuery }, (app, _caller, { query }) =>
    query.name !== undefined
      ? findByName(app, query.name)
      : findByIds(app, readBy(UserIds, query.ids?.split(','), 'query')),
  ),
  'GET /v1/presence': signedIn({ query: PresenceQuery }, (app, caller, { query }) =>
    readPresence(app, caller, readBy(UserIds, query.users.split(','), 'query')),
  ),
  'GET /v1/devices': signedIn({}, (app, caller) => listDevices(app, caller)),
  'DELETE /v1/devices/{device}': signedIn({ path: device }, (app, caller, { path }) =>
    revokeDevice(app, caller, path.device),
  ),
  'GET /v1/blocks': signedIn({}, (app, caller) => listBlocks(app, caller)),
  'PUT /v1/blocks/{user}': signedIn({ path: user }, (app, caller, { path }) => block(app, caller, path.user)),
  'DELETE /v1/blocks/{user}': signedIn({ path: user }, (app, caller, { path }) =>
    unblock(app, caller, path.user),
  ),
  'GET /.well-known/jwks.json': open({}, async ({ tokens }) => ({ reply: await tokens.keySet() })),
});
