import { systemClock } from './clock.ts';
import { connection as connectionOf } from './connection/connection.ts';
import type { Frame } from './connection/link.ts';
import { browserSurroundings } from './connection/surroundings.ts';
import { tokens as tokensOf } from './connection/token.ts';
import { conversationOf } from './conversation/conversation.ts';
import { type Held, heldOf } from './conversation/held.ts';
import { marker } from './conversation/marks.ts';
import { historyOf } from './conversation/past.ts';
import { closed, ParleyError } from './error.ts';
import { type Request, requests } from './http.ts';
import { incoming } from './incoming.ts';
import { keyMaker } from './key.ts';
import { listeners } from './live.ts';
import { outbox as outboxOf } from './outbox/outbox.ts';
import { persistence } from './persist.ts';
import { syncer } from './sync/sync.ts';
import type { Conversation } from './types/conversation.ts';
import type { SocketConstructor } from './types/environment.ts';
import type { ParleyEvents } from './types/events.ts';
import type { ConnectOptions, Parley } from './types/parley.ts';
import type { ConversationId, ConversationPage, Me, MessageNew, Conversation as Wire } from './wire.gen.ts';

const httpBaseOf = (url: string) => {
  const { protocol, host } = new URL(url);
  return `${protocol === 'wss:' ? 'https' : 'http'}://${host}`;
};

/** A sync names no more; what it does not name counts as not held. */
const mostHeads = 2_000;

/** Who shows what is held, and has to hear of it first. */
export type Page = {
  /** A conversation is there for the first time. */
  held(one: Held): void;
  /** A page of the list was read. */
  listed(page: ConversationPage): void;
  /** The server knows another connection, or this one anew: what it was told before is forgotten. */
  known(): void;
};

/** One for each key: made when it is asked for first, and then the same. */
const oneEach =
  <Key, Value>(all: Map<Key, Value>, make: (key: Key) => Value) =>
  (key: Key): Value => {
    const one = all.get(key) ?? make(key);
    all.set(key, one);
    return one;
  };

/** A connection with all its parts, for those who build on it. */
export const assemble = (options: ConnectOptions) => {
  const { url, getToken, storage, clock = systemClock, random = Math.random } = options;
  const { WebSocket = globalThis.WebSocket as unknown as SocketConstructor } = options;
  const fetcher: typeof fetch = options.fetch ?? ((...asked) => fetch(...asked));
  const base = (options.httpUrl ?? httpBaseOf(url)).replace(/\/$/, '');
  const newKey = keyMaker(options.random);
  const persist = persistence(clock, random);

  const heard = oneEach(new Map<keyof ParleyEvents, ReturnType<typeof listeners<never>>>(), listeners<never>);
  const tell = <Name extends keyof ParleyEvents>(name: Name, event: ParleyEvents[Name]) =>
    heard(name).tell(event as never);
  const failed = (error: ParleyError) => tell('error', error);

  const tokens = tokensOf(getToken, clock);
  const request = requests(base, fetcher, tokens, clock);
  const waiting = (most?: number) => ((...asked) => persist(() => request(...asked), most)) as Request;
  /** Waits out what may pass: a limit, a fault, a line that is away for a moment. */
  const patient = waiting();
  const all = new Map<ConversationId, Held>();
  const first = Promise.withResolvers<void>();
  first.promise.catch(() => {});
  let me: Me | undefined;
  let hasSynced = false;
  let hasListed = false;
  let page: Page | undefined;
  let asking: Promise<void> | undefined;
  let listing: Promise<void> | undefined;
  /** What came before it was known who is meant. */
  let backlog: Frame[] | undefined = options.user === undefined ? [] : undefined;
  const user = () => me?.user.id ?? options.user ?? '';

  const line = connectionOf({
    url,
    clock,
    random,
    WebSocket,
    surroundings: options.surroundings ?? browserSurroundings,
    tokens,
    request,
    heartbeat: options.heartbeat ?? 30,
    onState: (change) => {
      if (change.current !== 'connected') sync.stop();
      if (change.current === 'failed') first.reject(change.reason);
      tell('state', change);
    },
    onFrame: (frame) => (backlog ? void backlog.push(frame) : take(frame)),
    onOpen: () => void catchUp(),
  });
  const { ask } = line;
  const isConnected = () => line.state() === 'connected';

  const sync = syncer({
    clock,
    random,
    ask,
    request,
    token: tokens.get,
    isConnected,
    known: () => page?.known(),
    heads: (by) => {
      const whole = [...all.values()].filter((one) => by === 'inbox' || !one.hasHole());
      const heads = whole.map((one) => [one.id, one.head()] as const);
      return Object.fromEntries(heads.filter(([, head]) => head > 0).slice(0, mostHeads));
    },
    apply: (synced) => heldAs(synced.conversation).apply(synced, !hasSynced),
    drop: (gone, startedAt) => {
      for (const id of gone) letGo(all.get(id), startedAt);
    },
    keepOnly: (belongsTo, startedAt) => {
      for (const one of all.values()) if (!belongsTo.has(one.id)) letGo(one, startedAt);
    },
    done: () => {
      hasSynced = true;
      first.resolve();
      outbox.resume();
      tell('synced', {});
    },
    failed,
  });
  /** It is no longer the caller's; where something of it came meanwhile, the server is asked. */
  const letGo = (one: Held | undefined, startedAt: number) => {
    if (!one?.log()) return;
    if (one.cameAt() > startedAt) void one.describe();
    else one.drop();
  };

  const marks = marker(clock, ask, (frame) => all.get(frame.conversation)?.shows()?.receipts([frame]));
  const outbox = outboxOf({
    clock,
    random,
    newKey,
    limit: options.outboxLimit ?? 500,
    storage,
    ask,
    canSend: () => isConnected() && hasSynced,
    headOf: (id) => all.get(id)?.head() ?? 0,
    find: async ({ key, conversation, after = 0 }) => {
      for await (const entry of historyOf(patient, heldAs(conversation).path, { after, pageSize: 100 }))
        if (entry.key === key && entry.from === user())
          return { key, conversation, seq: entry.seq, ts: entry.ts };
      return undefined;
    },
    onStored: ({ frame, conversation }, { key, seq, ts }) => {
      const one = heldAs(conversation);
      if (frame.action === 'sendMessage') {
        const { text, type: messageType = 'text', replyTo } = frame;
        const from = user();
        const entry = { type: 'message.new', conversation, seq, ts, from, key, messageType, text, replyTo };
        one.push(entry as MessageNew, sync.tick());
      } else {
        // What a change made of a message is told by its entry alone.
        one.exists(seq, sync.tick());
        void one.fill();
      }
    },
    onChange: (id) => heldAs(id).shows()?.unsentChanged(),
    onError: failed,
  });
  const { autoDelivered = true } = options;
  /** What every conversation is made with. */
  const uses = {
    clock,
    newKey,
    me: user,
    ask,
    patient,
    endless: waiting(Number.POSITIVE_INFINITY),
    persist,
    outbox,
    marks,
    autoDelivered,
    tell,
  };
  const heldAs = oneEach(all, (id) => {
    const one = heldOf(uses, id);
    page?.held(one);
    return one;
  });
  const conversation = oneEach(new Map<ConversationId, Conversation>(), (id) =>
    conversationOf(uses, heldAs(id)),
  );
  const create = async (body: object): Promise<Conversation> => {
    const made = await patient<Wire>('POST', '/v1/conversations', body);
    const one = heldAs(made.id);
    one.learn(made);
    // A compare under way may be from before.
    one.exists(made.head, sync.tick());
    return conversation(made.id);
  };

  const take = incoming({
    sync,
    heldAs,
    all,
    claim: () => void outbox.claim(),
    tell,
  });
  /** What it names is not sent again by the first compare. */
  const learnAll = (one: ConversationPage) => {
    for (const item of one.items) heldAs(item.id).learn(item);
    page?.listed(one);
  };
  const list = async () => {
    learnAll(await request<ConversationPage>('GET', '/v1/conversations?limit=100'));
    hasListed = true;
  };
  /** Who is meant, and the newest conversations: asked for while the socket opens. */
  const begin = (): Promise<void> => {
    const identify = async () => {
      if (options.user !== undefined) void outbox.open(options.user);
      me ??= await request<Me>('GET', '/v1/me');
      const { id } = me.user;
      // What another left unsent is not this one's to send.
      if (id !== (options.user ?? id)) throw new ParleyError('forbidden', 'another user');
      line.touch();
      void outbox.open(id);
      const waiting = backlog ?? [];
      backlog = undefined;
      for (const frame of waiting) take(frame);
    };
    asking ??= Promise.all([identify(), hasListed || list().catch(failed)])
      .then(() => {})
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };
  const catchUp = async (): Promise<void> => {
    try {
      await persist(begin);
    } catch (error) {
      if (!isConnected()) return;
      return (error as ParleyError).retryable ? catchUp() : line.fail(error as ParleyError);
    }
    sync.want('compare');
    if (!hasListed && !listing)
      listing = persist(list, Number.POSITIVE_INFINITY).catch((error) => {
        listing = undefined;
        failed(error);
      });
    marks.repeat();
    void outbox.claim();
    for (const one of all.values()) one.resume();
  };

  queueMicrotask(() => {
    if (line.state() !== 'idle') return;
    line.connect();
    begin().catch(() => {});
  });

  const parley: Parley = {
    get state() {
      return line.state();
    },
    connection: line.changes,
    get me() {
      return me;
    },
    ready: first.promise,
    on: (name, listener, listening) => heard(name).add(listener as (event: never) => void, listening),
    conversation,
    direct: (peer) => create({ kind: 'direct', with: peer }),
    createGroup: (title, members) => create({ kind: 'group', title, members, key: newKey() }),
    createRoom: (title) => create({ kind: 'room', title, key: newKey() }),
    request,
    connect: line.connect,
    close: () => {
      line.close();
      sync.stop();
      outbox.close();
      for (const one of [marks, ...all.values()]) one.stop();
      first.reject(closed());
    },
  };
  return {
    parley,
    clock,
    request: patient,
    ask,
    outbox,
    me: user,
    heldAs,
    learnAll,
    show: (by: Page) => {
      page = by;
    },
  };
};

/** Connects, and stays connected until `close()`. Begins by itself, once whoever called has had the time to listen. */
export const connect = (options: ConnectOptions): Parley => assemble(options).parley;
