import type { Clock } from '../../types/environment.ts';
import type { ConversationId, ConversationKind, Entry, Role, UserId, Watermarks } from '../../wire.gen.ts';
import { type Chance, digest, idBy } from '../chance.ts';
import { limits } from './limits.ts';

/** What the server knows. Everything happens at once here, so nothing is ever half-way. */
export type World = {
  clock: Clock;
  chance: Chance;
  sendsPerSecond: number;
  tokenSeconds: number;
  users: Map<UserId, User>;
  conversations: Map<ConversationId, Conversation>;
  connections: Map<string, Connection>;
  tickets: Map<string, { claims: Claims; until: number }>;
  /** Times of what was accepted, newest first. */
  rates: Map<string, number[]>;
  typing: Map<string, { active: boolean; at: number }>;
  /** Numbers the tokens. */
  tokens: number;
};

/** Who shows a token that is good. */
export type Claims = { user: User; device: string; role: string; expiresAt: number };

type Device = {
  createdAt: number;
  revokedAt?: number;
  /** Tokens up to this number have ended early. */
  voidUpTo?: number;
  /** Nobody signed in on it. */
  isHidden?: true;
};

export type User = {
  id: UserId;
  name: string;
  password: string | undefined;
  devices: Map<string, Device>;
  blocked: Set<UserId>;
  /** Versions, in microseconds, of what changed; the highest is where the inbox stands. */
  inbox: { epoch: string; versions: Map<ConversationId, number> };
  /** What watchers were told, when a connection last left, until when one that was silent counts, the last frame. */
  told: boolean;
  left: number;
  lingers: number;
  seen: number;
};

/** An open socket as the server sees it. */
export type Connection = Claims & {
  id: string;
  since: number;
  last: number;
  /** Announced seconds between frames; 0 for none. */
  every: number;
  watching: UserId[];
  /** The server lost sight of it: it must be registered again. */
  forgotten: boolean;
  /** Asked once to make room for the next one. */
  asked: boolean;
  /** Where frames to the client go; `answer`: to what it asked. */
  post(frame: object, kind: 'answer' | 'push'): void;
  close(): void;
};

export type Member = { role: Role; version: number; in: boolean };
export type Conversation = {
  id: ConversationId;
  kind: ConversationKind;
  title: string | undefined;
  titleVersion: number;
  /** What was asked for when it was made, so that another request with its key is told apart. */
  request: string;
  members: Map<UserId, Member>;
  log: Entry[];
  /** By sender and key: the place of an entry, and when it was written. */
  keys: Map<string, { seq: number; at: number }>;
  reactions: Map<string, { seq: number; user: UserId; emoji: string; version: number; present: boolean }>;
  receipts: Map<UserId, Watermarks>;
  passes: { seq: number; user: UserId; device: string; kind: 'delivered' | 'read'; at: number }[];
  /** A test wants it to look as if somebody were writing. */
  busy: boolean;
};

export const createWorld = (
  parts: Pick<World, 'clock' | 'chance' | 'sendsPerSecond' | 'tokenSeconds'>,
): World => ({
  ...parts,
  users: new Map(),
  conversations: new Map(),
  connections: new Map(),
  tickets: new Map(),
  rates: new Map(),
  typing: new Map(),
  tokens: 0,
});

export const addUser = (world: World, name: string, password?: string): User => {
  const user: User = {
    id: `u:${idBy(world.chance)}`,
    name,
    password,
    devices: new Map(),
    blocked: new Set(),
    inbox: { epoch: idBy(world.chance), versions: new Map() },
    told: false,
    left: Number.NEGATIVE_INFINITY,
    lingers: 0,
    seen: 0,
  };
  world.users.set(user.id, user);
  return user;
};

const foldName = (name: string) => name.normalize('NFKC').toLowerCase();

export const userNamed = ({ users }: World, name: string): User | undefined =>
  [...users.values()].find((user) => foldName(user.name) === foldName(name));

export const connectionsOf = ({ connections }: World, user: User): Connection[] =>
  [...connections.values()].filter((one) => one.user === user && !one.forgotten);

/** Those that may be posted to: their tokens are good. */
export const liveOf = (world: World, user: User): Connection[] =>
  connectionsOf(world, user).filter(({ expiresAt }) => expiresAt > world.clock.now());

export const areApart = (one: User, other: User): boolean =>
  one.blocked.has(other.id) || other.blocked.has(one.id);

/** One conversation per pair, for ever. */
export const directId = (one: UserId, other: UserId) => `d:${digest('direct', ...[one, other].sort())}`;

export const membersOf = ({ members }: Conversation): UserId[] =>
  [...members].filter(([, member]) => member.in).map(([user]) => user);

/** A conversation of the user's, or nothing: what is not one's own is not there. */
export const ownOf = (
  { conversations }: World,
  user: UserId,
  id: ConversationId,
): Conversation | undefined => {
  const conversation = conversations.get(id);
  return conversation?.members.get(user)?.in ? conversation : undefined;
};

export const conversationsOf = (world: World, user: UserId): Conversation[] =>
  [...world.conversations.values()].filter(({ members }) => members.get(user)?.in);

/** Whether this user may belong to one more group or room. */
export const hasRoom = (world: World, user: UserId): boolean =>
  conversationsOf(world, user).filter(({ kind }) => kind !== 'direct').length < limits.groupsPerUser;

/** The other one of a direct conversation. */
export const peerOf = ({ kind, members }: Conversation, user: UserId): UserId | undefined =>
  kind === 'direct' ? [...members.keys()].find((member) => member !== user) : undefined;
