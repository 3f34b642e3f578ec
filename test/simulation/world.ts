import { createConversation } from '../../lib/actions/conversations/create.ts';
import { renameConversation } from '../../lib/actions/conversations/rename.ts';
import { addMember } from '../../lib/actions/members/add.ts';
import { removeMember } from '../../lib/actions/members/remove.ts';
import { deleteMessage, editMessage, react } from '../../lib/actions/messages/change.ts';
import { readMessages } from '../../lib/actions/messages/read.ts';
import { sendMessage } from '../../lib/actions/messages/send.ts';
import { sweepNotes } from '../../lib/actions/sweep/notes.ts';
import type { App } from '../../lib/app.ts';
import type { ConnectedCaller } from '../../lib/caller.ts';
import { memoryGateway } from '../../lib/gateway/memory.ts';
import type { Outcome } from '../../lib/outcome.ts';
import type { Keyspace } from '../../lib/redis/keyspace.ts';
import type { Entry } from '../../schema/entries.ts';
import type { SendMessage } from '../../schema/frames.ts';
import type { ConnectionId, ConversationId, DeviceId, UserId } from '../../schema/ids.ts';
import type { Inbox } from '../../schema/pushes.ts';
import { registerIn } from '../support/registering.ts';
import { noFaults, type Rates } from './faults.ts';
import { type Ground, handle, isRefusal } from './handler.ts';
import { createScheduler } from './scheduler.ts';
import { createStores } from './stores.ts';

/** What happens to Redis as a whole, beside the faults of single calls: `down` for a while, `away` all the time. */
export type Loss = 'none' | 'wipe' | 'rollback' | 'down' | 'away';

export type Setting = {
  rates: Rates;
  loss: Loss;
  /** Break one rule of the protocol, for all of the world or between a handler and its network. */
  mutateWorld?: (app: App) => App;
  mutateHandler?: (app: App) => App;
};

/** A person at one connection: what she sent, what she was told, what she has seen. */
export type Client = {
  caller: ConnectedCaller;
  seen: Map<ConversationId, Map<number, Entry>>;
  acks: { conversation: ConversationId; key: string; seq: number; text: string }[];
  /** Acked changes of messages, members and titles. */
  changes: { conversation: ConversationId; key: string; seq: number }[];
  inboxes: Inbox[];
};

export type World = Ground & {
  keys: Keyspace;
  clients: Client[];
  conversations: ConversationId[];
  /** Times at which Redis accepted a send, by user. */
  accepted: Map<UserId, number[]>;
  losses: number[];
  /** Everybody writes at once, and tries everything four times at once. */
  isRace: boolean;
  /** Pages that readers were given while things went wrong. */
  pages: { conversation: ConversationId; reader: UserId; entries: Entry[] }[];
};

const id = <T>(prefix: string, name: string) => `${prefix}${name.padEnd(22, '_')}` as T;

export const createWorld = async (seed: number, setting: Partial<Setting>): Promise<World> => {
  const { mutateWorld = (app) => app, mutateHandler = (app) => app } = setting;
  const scheduler = createScheduler(seed);
  const sockets = new Map<ConnectionId, { receive(frame: string): void; close(): void }>();
  const { app: plain, keys } = createStores(scheduler, memoryGateway(sockets));
  const accepted = new Map<UserId, number[]>();
  const gate: App['connections']['gate'] = async (user, connection, asks) => {
    const answer = await plain.connections.gate(user, connection, asks);
    if (asks.send && answer.kind === 'open')
      accepted.set(user, [...(accepted.get(user) ?? []), scheduler.now()]);
    return answer;
  };
  const world: World = {
    scheduler,
    app: mutateWorld({ ...plain, connections: { ...plain.connections, gate } }),
    mutateHandler,
    keys,
    network: { rates: noFaults, redisIsDown: false },
    clients: [],
    conversations: [],
    accepted,
    losses: [],
    isRace: scheduler.chance(0.2),
    pages: [],
  };
  for (const [name, connections] of [
    ['ann', 2],
    ['bob', 1],
    ['cid', 1],
  ] as const) {
    const user = id<UserId>('u:', name);
    await plain.users.add({ id: user, name, createdAt: scheduler.now() });
    for (let i = 0; i < connections; i++) {
      const caller: ConnectedCaller = {
        user,
        device: id<DeviceId>('', `${name}-${i}`),
        role: 'user',
        connection: id<ConnectionId>('', `${name}-${i}`),
        expiresAt: Number.MAX_SAFE_INTEGER,
      };
      await plain.users.addDevice(user, caller.device, scheduler.now());
      await registerIn(plain.connections, caller);
      const client: Client = { caller, seen: new Map(), acks: [], changes: [], inboxes: [] };
      sockets.set(caller.connection, {
        receive: (frame) => receive(client, JSON.parse(frame)),
        close: () => {},
      });
      world.clients.push(client);
    }
  }
  return world;
};

const remember = (client: Client, entry: Entry) => {
  const seen = client.seen.get(entry.conversation) ?? new Map<number, Entry>();
  client.seen.set(entry.conversation, seen.set(entry.seq, entry));
};

const receive = (client: Client, { inbox, ...entry }: Entry & { inbox: Inbox }) => {
  client.inboxes.push(inbox);
  remember(client, entry as Entry);
};

/** Sends one message until it is acknowledged or refused for good, as the SDK would. */
export const say = async (
  world: World,
  client: Client,
  to: Pick<SendMessage, 'conversation' | 'to'>,
  text: string,
) => {
  const { scheduler } = world;
  const { conversation } = to;
  const known = conversation ? [...(client.seen.get(conversation)?.keys() ?? [])] : [];
  const key = `${text.replaceAll(' ', '-')}-key`.padEnd(16, '_');
  const frame = {
    action: 'sendMessage',
    type: 'text',
    text,
    key,
    ...to,
    // A person at wscat gives no `after`.
    ...(scheduler.chance(0.8) && { after: Math.max(0, ...known) }),
  } as SendMessage;
  const attemptOnce = async () => {
    const reply = await handle(world, (app) => sendMessage(app, client.caller, frame));
    if (reply && !isRefusal(reply)) {
      const { conversation: place, seq, ts } = reply;
      client.acks.push({ conversation: place, key, seq, text });
      const from = client.caller.user;
      remember(client, {
        type: 'message.new',
        conversation: place,
        seq,
        ts,
        from,
        key,
        messageType: 'text',
        text,
      });
      if (reply.inbox && reply.inbox.prev !== reply.inbox.version) client.inboxes.push(reply.inbox);
    }
    return reply;
  };
  await insist(world, attemptOnce);
};

/** What no retry changes. */
const final = new Set(['not-found', 'forbidden', 'conflict', 'message-deleted', 'bad-request']);

/** Tries until it is answered for good. Frames of one connection run side by side: retries meet first attempts. */
const insist = async (world: World, attemptOnce: () => Promise<unknown>, attempts = 40) => {
  const { scheduler } = world;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const hasty = Array.from(
      { length: world.isRace ? 3 : scheduler.between(0, 3) === 0 ? 1 : 0 },
      async () => {
        await scheduler.pause(scheduler.between(0, world.isRace ? 15 : 60));
        return attemptOnce();
      },
    );
    const [reply] = await Promise.all([attemptOnce(), ...hasty]);
    if (reply && (!isRefusal(reply) || final.has(reply.code))) return;
    await scheduler.pause(isRefusal(reply) ? (reply.retryAfterMs ?? 300) : scheduler.between(0, 2_000));
  }
};

type Stored = { seq: number; key: string; conversation: ConversationId; inbox?: Inbox | undefined };

/** Changes something by the same request until it is answered. */
const change = (
  world: World,
  client: Client,
  name: string,
  act: (app: App, retry: { key: never; after: number }) => Promise<Outcome<Stored>>,
  conversation: ConversationId,
) => {
  const retry = {
    key: `${name.replaceAll(' ', '-')}-key`.padEnd(16, '_') as never,
    after: Math.max(0, ...(client.seen.get(conversation)?.keys() ?? [])),
  };
  const attemptOnce = async () => {
    const reply = await handle(world, (app) => act(app, retry));
    if (reply && !isRefusal(reply)) {
      client.changes.push({ conversation, key: reply.key, seq: reply.seq });
      if (reply.inbox && reply.inbox.prev !== reply.inbox.version) client.inboxes.push(reply.inbox);
    }
    return reply;
  };
  // Some go away and never ask again: what they began is for the sweep.
  return insist(world, attemptOnce, world.scheduler.chance(0.3) ? 1 : undefined);
};

/** Edits, deletes or reacts to one of the messages that the client has seen. */
export const amend = async (world: World, client: Client, conversation: ConversationId, name: string) => {
  const { scheduler } = world;
  const messages = [...(client.seen.get(conversation)?.values() ?? [])].filter(
    ({ type }) => type === 'message.new',
  );
  const own = messages.filter(({ from }) => from === client.caller.user);
  const pick = (some: Entry[]) => some[scheduler.between(0, some.length - 1)];
  const what = scheduler.between(0, 3);
  const target = what < 3 ? pick(own) : pick(messages);
  if (!target) return;
  const { seq } = target;
  const remove = scheduler.chance(0.3);
  const act = (app: App, retry: { key: never; after: number }): Promise<Outcome<Stored>> => {
    const frame = { conversation, seq, ...retry };
    if (what < 2)
      return editMessage(app, client.caller, { action: 'editMessage', text: `edit ${name}`, ...frame });
    if (what === 2) return deleteMessage(app, client.caller, { action: 'deleteMessage', ...frame });
    return react(app, client.caller, {
      action: 'react',
      emoji: '👍',
      remove,
      ...frame,
    });
  };
  await change(world, client, name, act, conversation);
};

export const rename = (world: World, client: Client, conversation: ConversationId, title: string) =>
  change(
    world,
    client,
    title,
    (app, retry) => renameConversation(app, client.caller, conversation, { title, ...retry }),
    conversation,
  );

export const remove = (world: World, by: Client, conversation: ConversationId, user: UserId) =>
  change(
    world,
    by,
    'the removal',
    (app, retry) => removeMember(app, by.caller, conversation, user, retry),
    conversation,
  );

export const add = (world: World, by: Client, conversation: ConversationId, user: UserId) =>
  change(
    world,
    by,
    'the addition',
    (app, retry) => addMember(app, by.caller, conversation, { user, role: 'member', ...retry }),
    conversation,
  );

/** Creates the group of all, by the same request until it is answered. */
export const found = async (world: World, client: Client): Promise<ConversationId | undefined> => {
  const users = [...new Set(world.clients.map(({ caller }) => caller.user))];
  const asked = {
    kind: 'group' as const,
    title: 'all',
    members: users.filter((user) => user !== client.caller.user),
    key: 'the-key-of-the-group' as never,
  };
  for (let attempt = 0; attempt < 40; attempt++) {
    const reply = await handle(world, (app) => createConversation(app, client.caller, asked));
    if (reply && !isRefusal(reply)) return reply.id;
    await world.scheduler.pause(300);
  }
  return undefined;
};

/** Reads the newest page, as it is served while things go wrong. */
export const readNow = async (world: World, { caller }: Client, conversation: ConversationId) => {
  const reply = await handle(world, (app) =>
    readMessages(app, caller, conversation, { limit: 1_000, after: 0 }),
  );
  if (reply && !isRefusal(reply))
    world.pages.push({ conversation, reader: caller.user, entries: reply.items });
};

export const sweepNow = (world: World) => handle(world, async (app) => ({ reply: await sweepNotes(app) }));

/** The whole log as the read action gives it, once nothing goes wrong any more. */
export const readAll = async (
  world: World,
  client: Client,
  conversation: ConversationId,
): Promise<Entry[]> => {
  const reading = readMessages(world.app, client.caller, conversation, { limit: 100_000, after: 0 });
  await world.scheduler.run();
  return (await reading).reply.items.toReversed();
};
