import type { Presence, PresenceFrame, UserId } from '../../../wire.gen.ts';
import type { Typing } from '../asked.ts';
import { rules } from '../limits.ts';
import { takeSend } from '../rates.ts';
import {
  areApart,
  type Connection,
  connectionsOf,
  liveOf,
  membersOf,
  ownOf,
  type User,
  type World,
} from '../world.ts';

const onlineUntil = ({ last, every }: Connection): number =>
  last + (every > 0 ? rules.onlineBeats * every * 1_000 : rules.quietMs);

const lingersUntil = ({ left, lingers }: User): number => Math.max(left + rules.graceMs, lingers);

const stateOf = (world: World, user: User): Presence => {
  const now = world.clock.now();
  const all = connectionsOf(world, user);
  const counts = (one: Connection) => one.expiresAt > now && onlineUntil(one) > now;
  const online = all.some(counts) || lingersUntil(user) > now;
  const seen = Math.max(user.seen, ...all.map(({ last }) => last));
  return { user: user.id, online, ...(!online && seen > 0 && { lastSeen: seen }) };
};

/** How users are. Between whom a block stands, they are offline. */
export const presenceOf = (world: World, asking: User, ids: UserId[]): Presence[] =>
  [...new Set(ids)].map((id) => {
    const user = world.users.get(id);
    return user && !areApart(asking, user) ? stateOf(world, user) : { user: id, online: false };
  });

const watchersOf = ({ connections }: World, { id }: User): Connection[] =>
  [...connections.values()].filter(({ watching }) => watching.includes(id));

/** From here on neither watches the other. */
export const hide = (world: World, one: User, other: User): void => {
  for (const connection of world.connections.values()) {
    const hidden = connection.user === one ? other : connection.user === other ? one : undefined;
    if (hidden) connection.watching = connection.watching.filter((user) => user !== hidden.id);
  }
};

/** Tells watchers how a user is, where they believe otherwise. */
export const tellWatchers = (world: World, user: User): void => {
  const now = stateOf(world, user);
  if (user.told === now.online) return;
  user.told = now.online;
  for (const connection of watchersOf(world, user)) {
    if (connection.expiresAt > world.clock.now())
      connection.post({ type: 'presence', users: [now] } satisfies PresenceFrame, 'push');
  }
};

export const watchPresence = (world: World, caller: Connection, users: UserId[]): PresenceFrame => {
  const states = presenceOf(world, caller.user, users);
  caller.watching = [...new Set(users)].filter((id) => {
    const user = world.users.get(id);
    return !user || !areApart(caller.user, user);
  });
  return { type: 'presence', users: states };
};

/** A start is told at most once in 3 s, an end only after a start. */
export const typing = (world: World, { user }: Connection, { conversation: id, active }: Typing): void => {
  takeSend(world, user.id, 'typing');
  const conversation = ownOf(world, user.id, id);
  if (!conversation) return;
  const others = membersOf(conversation).flatMap((member) => world.users.get(member) ?? []);
  if (conversation.kind === 'direct' && others.some((other) => areApart(user, other))) return;
  const name = `${user.id} ${id}`;
  const now = world.clock.now();
  const known = world.typing.get(name);
  const last = known && now - known.at < rules.typingMs ? known : undefined;
  if (active ? last && now - last.at < rules.typingPaceMs : !last?.active) return;
  world.typing.set(name, { active, at: active ? now : (last?.at ?? now) });
  for (const other of others) {
    if (other === user) continue;
    for (const connection of liveOf(world, other)) {
      connection.post({ type: 'typing', conversation: id, user: user.id, active }, 'push');
    }
  }
};
