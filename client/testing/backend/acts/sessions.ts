import type { DeviceList, Me, Session } from '../../../wire.gen.ts';
import { idBy } from '../../chance.ts';
import { limits } from '../limits.ts';
import { take } from '../rates.ts';
import { Refusal } from '../refusal.ts';
import { addUser, type Claims, connectionsOf, type User, userNamed, type World } from '../world.ts';

const base64url = (value: object) =>
  btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** In the form of a JWT, so that a client may look into it as it would into a real one. Nothing is signed. */
export const issueToken = (
  world: World,
  user: User,
  device: string,
  seconds = world.tokenSeconds,
): { token: string; expiresAt: number } => {
  const exp = Math.floor(world.clock.now() / 1_000) + seconds;
  const jti = ++world.tokens;
  const claims = { iss: 'parley', aud: 'parley', sub: user.id, sid: device, role: 'user', exp, jti };
  const token = `${base64url({ alg: 'none', typ: 'JWT' })}.${base64url(claims)}.test`;
  return { token, expiresAt: exp * 1_000 };
};

const claimsIn = ({ users, clock }: World, token: string): Claims | undefined => {
  try {
    const part = token.split('.')[1] ?? '';
    const { sub, sid, role, exp, jti } = JSON.parse(atob(part.replaceAll('-', '+').replaceAll('_', '/')));
    const user = users.get(sub);
    if (!user || !token.endsWith('.test')) return undefined;
    const isVoid = jti <= (user.devices.get(sid)?.voidUpTo ?? 0);
    return { user, device: sid, role, expiresAt: isVoid ? clock.now() : exp * 1_000 };
  } catch {
    return undefined;
  }
};

export const confirmDevice = (user: User, device: string): void => {
  const known = user.devices.get(device);
  if (!known) throw new Refusal('unauthorized', 'the device is not known');
  if (known.revokedAt !== undefined) throw new Refusal('revoked', 'the device was revoked');
};

/** Who shows this token. */
export const authenticate = (world: World, token: string | undefined): Claims => {
  const claims = token === undefined ? undefined : claimsIn(world, token);
  if (!claims) throw new Refusal('unauthorized', 'no token that is good');
  if (claims.expiresAt <= world.clock.now()) throw new Refusal('token-expired', 'the token has expired');
  confirmDevice(claims.user, claims.device);
  return claims;
};

export const issueTicket = ({ tickets, clock, chance }: World, claims: Claims) => {
  const ticket = idBy(chance);
  const until = clock.now() + limits.ticketSeconds * 1_000;
  tickets.set(ticket, { claims, until });
  return { ticket, expiresAt: until };
};

/** A ticket is good once. */
export const redeemTicket = ({ tickets, clock }: World, ticket: string): Claims => {
  const found = tickets.get(ticket);
  tickets.delete(ticket);
  if (!found || found.until <= clock.now()) throw new Refusal('unauthorized', 'no ticket that is good');
  confirmDevice(found.claims.user, found.claims.device);
  return found.claims;
};

/** A new device of a user, and the token that belongs to it. */
const openSession = (world: World, user: User): Session => {
  const device = idBy(world.chance);
  user.devices.set(device, { createdAt: world.clock.now() });
  return { user: { id: user.id, name: user.name }, ...issueToken(world, user, device) };
};

type Credentials = { name: string; password: string };

export const register = (world: World, { name, password }: Credentials): Session => {
  if (userNamed(world, name)) throw new Refusal('name-taken', 'somebody has that name', { pointer: '/name' });
  return openSession(world, addUser(world, name, password));
};

export const signIn = (world: World, { name, password }: Credentials): Session => {
  take(world, `login ${name.toLowerCase()}`, limits.login);
  const user = userNamed(world, name);
  if (!user || user.password !== password) throw new Refusal('unauthorized', 'name or password is wrong');
  return openSession(world, user);
};

/** Another token of the caller's device. */
export const renew = (world: World, { user, device }: Claims): Session => ({
  user: { id: user.id, name: user.name },
  ...issueToken(world, user, device),
});

export const me = ({ user: { id, name }, device, role, expiresAt }: Claims): Me => ({
  user: { id, name },
  device,
  role,
  expiresAt,
});

export const listDevices = (world: World, { user, device: current }: Claims): DeviceList => {
  const open = connectionsOf(world, user);
  const items = [...user.devices]
    .filter(([, { revokedAt, isHidden }]) => revokedAt === undefined && !isHidden)
    .sort(([, one], [, other]) => other.createdAt - one.createdAt)
    .map(([id, { createdAt }]) => ({
      id,
      createdAt,
      ...(id === current && { current: true as const }),
      connections: open.filter(({ device }) => device === id).length,
    }));
  return { items };
};
