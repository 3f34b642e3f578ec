import type { App } from '../../../lib/app.ts';
import type { ConnectedCaller } from '../../../lib/caller.ts';
import { directId } from '../../../lib/entries/create.ts';
import { rules } from '../../../lib/presence/rules.ts';
import type { Keyspace } from '../../../lib/redis/keyspace.ts';
import type { ConversationId, DeviceId, UserId } from '../../../schema/ids.ts';
import type { InboxHead } from '../../../schema/pushes.ts';
import { modelClient } from '../../support/model-client.ts';
import { noFaults, type Rates } from '../faults.ts';
import type { Ground } from '../handler.ts';
import { createScheduler } from '../scheduler.ts';
import { createStores, type Stores } from '../stores.ts';
import type { Loss } from '../world.ts';
import { type Lines, linesIn } from './lines.ts';
import { createRecord, placeOf, type Record } from './record.ts';

export type Setting = {
  rates: Rates;
  /** How often a push is lost. */
  drops: number;
  loss: Exclude<Loss, 'away'>;
  /** Break one rule of the protocol, for all of the world or between a handler and its network. */
  mutateWorld?: (app: App, keys: Keyspace) => App;
  mutateHandler?: (app: App) => App;
};

/** Nothing goes wrong but that pushes are lost. */
export const isCalm = ({ rates, loss }: Setting) =>
  loss === 'none' && Object.values(rates).every((rate) => rate === 0);

/** One connection, from both of its ends. */
export type Line = {
  caller: ConnectedCaller;
  device: Device;
  /** When it was let in. */
  since: number;
  /** API Gateway has it. */
  open: boolean;
  /** Nothing passes any more, and neither end knows. */
  deaf: boolean;
  /** The end of the newest token that was shown on it. */
  validUntil: number;
  /** Its heartbeat was announced. */
  hasBeaten: boolean;
  /** It was answered that its token is over. */
  isExpired: boolean;
  /** When the client opens another in its place. */
  moveAt: number;
  /** What the client must still ask for. */
  wants: 'nothing' | 'inbox' | 'compare';
  catching: boolean;
  /** Where it asks from until that was answered for good. */
  from: InboxHead | undefined;
  /** Marks were away: to be asked once a ping is answered. */
  unsure: boolean;
  /** Resolves once the client knows that it is over. */
  ended: Promise<void>;
  end(): void;
};

/** A client on one device: what it holds, and the connection that it believes in. */
export type Device = {
  user: UserId;
  id: DeviceId;
  client: ReturnType<typeof modelClient>;
  watches: UserId[];
  /** Whom the client shows as online. */
  shows: Map<UserId, boolean>;
  line: Line | undefined;
  /** Not before this does it connect again. */
  backAt: number;
  /** How long its tokens last, and the end of the one it has. */
  lifeMs: number;
  expiresAt: number;
  /** It was told that it is revoked. */
  isOut: boolean;
  /** Began what nobody else can finish: it may be in the log untold. */
  left: Set<ConversationId>;
};

export type World = Ground &
  Stores & {
    lines: Lines;
    devices: Device[];
    conversations: ConversationId[];
    record: Record;
    losses: number[];
    over: boolean;
  };

/** Long beside any story. */
const longMs = 3_600_000;

/** Notes when entries are stored, and whom Redis hears. */
const recording = (plain: App, record: Record, now: () => number): App => {
  const hear = (user: UserId) => record.heard.set(user, [...(record.heard.get(user) ?? []), now()]);
  return {
    ...plain,
    messages: {
      ...plain.messages,
      append: async (entry) => {
        const answer = await plain.messages.append(entry);
        if (answer !== 'stored') return answer;
        record.storedAt.set(placeOf(entry), now());
        if (entry.type === 'message.new') record.texts.set(entry.text, entry);
        return answer;
      },
      patch: async (patch) => {
        const { conversation, seq, to } = patch;
        const answer = await plain.messages.patch(patch);
        if (answer === 'patched' && to && 'text' in to) record.texts.set(to.text, { conversation, seq });
        if (answer === 'patched' && to && 'deleted' in to && !record.deletedAt.has(placeOf(patch)))
          record.deletedAt.set(placeOf(patch), now());
        return answer;
      },
    },
    unannounced: {
      ...plain.unannounced,
      note: async (note) => {
        record.untold.add(placeOf(note));
        return plain.unannounced.note(note);
      },
    },
    connections: {
      ...plain.connections,
      register: async (registration, epoch, handshakes) => {
        const answer = await plain.connections.register(registration, epoch, handshakes);
        if (answer.kind === 'registered') hear(registration.user);
        return answer;
      },
      gate: async (user, connection, asks) => {
        const answer = await plain.connections.gate(user, connection, asks);
        if (answer.kind === 'open') hear(user);
        return answer;
      },
    },
  };
};

const idOf = <T>(prefix: string, name: string) => `${prefix}${name.padEnd(22, '_')}` as T;
const user = (name: string) => idOf<UserId>('u:', name);

/** Ann has a phone and a tablet, Bob and Cid a phone each; everybody watches the others. */
const owners = ['ann', 'ann', 'bob', 'cid'] as const;

export const createWorld = async (seed: number, setting: Setting): Promise<World> => {
  const { mutateWorld = (app) => app, mutateHandler = (app) => app } = setting;
  const scheduler = createScheduler(seed);
  const record = createRecord();
  const lines = linesIn(scheduler, record);
  lines.drops = setting.drops;
  // In some worlds every connection grows old soon.
  const given = scheduler.chance(0.2) ? { ...rules, lifetimeMs: 15_000, lifetimeSpreadMs: 20_000 } : rules;
  const stores = createStores(scheduler, lines.gatewayOf({ alive: true, begun: 0 }), given);
  const world: World = {
    ...stores,
    app: mutateWorld(recording(stores.app, record, scheduler.now), stores.keys),
    mutateHandler,
    gatewayOf: lines.gatewayOf,
    scheduler,
    lines,
    network: { rates: noFaults, redisIsDown: false },
    devices: [],
    conversations: [directId(user('ann'), user('bob'))],
    record,
    losses: [],
    over: false,
  };
  for (const [i, name] of owners.entries()) {
    const watches = [...new Set(owners)].filter((other) => other !== name).map(user);
    const id = idOf<DeviceId>('', `${name}-${i}`);
    if (i === 0 || owners[i - 1] !== name)
      await stores.app.users.add({ id: user(name), name, createdAt: scheduler.now() });
    await stores.app.users.addDevice(user(name), id, scheduler.now());
    world.devices.push({
      user: user(name),
      id,
      client: modelClient(user(name)),
      watches,
      shows: new Map(),
      line: undefined,
      backAt: 0,
      // Some forget to ask for a new token in time.
      lifeMs: scheduler.chance(0.2) ? scheduler.between(10_000, 25_000) : longMs,
      expiresAt: 0,
      isOut: false,
      left: new Set(),
    });
  }
  return world;
};
