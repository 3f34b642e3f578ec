import { hide, presenceOf } from '../acts/presence.ts';
import { issueTicket, listDevices, me, register, renew, signIn } from '../acts/sessions.ts';
import { line, required } from '../checks.ts';
import { dismiss } from '../connections.ts';
import { limits } from '../limits.ts';
import { takeSend } from '../rates.ts';
import { Refusal } from '../refusal.ts';
import { connectionsOf, type User, userNamed, type World } from '../world.ts';
import { made, ok, type Route, route } from './route.ts';

type Credentials = { name: string; password: string };
const credentials = {
  name: required(line(limits.nameCharacters)),
  password: required((value) =>
    typeof value === 'string' && value.length >= limits.passwordMinCharacters ? undefined : 'form',
  ),
};
const text = { check: (value: unknown) => (typeof value === 'string' ? undefined : ('form' as const)) };

const shown = ({ id, name }: User) => ({ id, name });

const idsIn = (list: string, pointer: string) => {
  const ids = list.split(',');
  if (ids.length > limits.usersPerRequest) throw new Refusal('too-large', 'too many users', { pointer });
  return ids;
};

const find = (world: World, { ids, name }: { ids?: string; name?: string }): User[] => {
  if ((ids === undefined) === (name === undefined)) {
    throw new Refusal('bad-request', 'needs either `ids` or `name`', { pointer: '/ids' });
  }
  if (ids !== undefined) return [...new Set(idsIn(ids, '/ids'))].flatMap((id) => world.users.get(id) ?? []);
  const user = userNamed(world, name ?? '');
  return user ? [user] : [];
};

const other = (world: World, user: User, id: string): User => {
  if (id === user.id) throw new Refusal('bad-request', 'that is yourself', { pointer: '/user' });
  const found = world.users.get(id);
  if (!found) throw new Refusal('not-found', 'no such user', { pointer: '/user' });
  return found;
};

export const userRoutes: Record<string, Route> = {
  'POST /v1/register': route<Credentials>({
    open: true,
    body: credentials,
    act: (world, { body }) => made(register(world, body)),
  }),
  'POST /v1/tokens': route<Credentials>({
    open: true,
    body: credentials,
    act: (world, { body }) => made(signIn(world, body)),
  }),
  'POST /v1/tokens/renew': route({ act: (world, { claims }) => made(renew(world, claims)) }),
  'POST /v1/tickets': route({ act: (world, { claims }) => made(issueTicket(world, claims)) }),
  'GET /v1/me': route({ act: (_world, { claims }) => ok(me(claims)) }),
  'GET /v1/users': route<undefined, { ids?: string; name?: string }>({
    query: { ids: text, name: text },
    act: (world, { query }) => ok({ items: find(world, query).map(shown) }),
  }),
  'GET /v1/presence': route<undefined, { users: string }>({
    query: { users: { ...text, required: true } },
    act: (world, { claims, query }) =>
      ok({ items: presenceOf(world, claims.user, idsIn(query.users, '/users')) }),
  }),
  'GET /v1/devices': route({ act: (world, { claims }) => ok(listDevices(world, claims)) }),
  'DELETE /v1/devices/{device}': route({
    act: (world, { claims: { user }, path: [device = ''] }) => {
      const known = user.devices.get(device);
      if (!known) throw new Refusal('not-found', 'no such device');
      known.revokedAt ??= world.clock.now();
      for (const one of connectionsOf(world, user).filter((connection) => connection.device === device)) {
        dismiss(world, one, { code: 'revoked', reconnect: false, afterMs: 0 });
      }
      return ok({});
    },
  }),
  'GET /v1/blocks': route({
    act: (world, { claims: { user } }) =>
      ok({
        items: [...user.blocked]
          .sort()
          .flatMap((id) => world.users.get(id) ?? [])
          .map(shown),
      }),
  }),
  'PUT /v1/blocks/{user}': route({
    act: (world, { claims: { user }, path: [id = ''] }) => {
      takeSend(world, user.id);
      const known = other(world, user, id);
      if (user.blocked.size >= limits.blockedUsers && !user.blocked.has(id)) {
        throw new Refusal('too-large', 'too many users');
      }
      user.blocked.add(id);
      hide(world, user, known);
      return ok({});
    },
  }),
  'DELETE /v1/blocks/{user}': route({
    act: (world, { claims: { user }, path: [id = ''] }) => {
      takeSend(world, user.id);
      user.blocked.delete(id);
      return ok({});
    },
  }),
};
