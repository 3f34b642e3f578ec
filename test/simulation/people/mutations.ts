import type { App } from '../../../lib/app.ts';
import type { Member } from '../../../lib/conversations/port.ts';
import { conversationKeys } from '../../../lib/redis/keys.ts';
import type { Keyspace } from '../../../lib/redis/keyspace.ts';
import type { Note } from '../../../lib/unannounced/port.ts';
import type { ConversationId, UserId } from '../../../schema/ids.ts';
import type { Watermarks } from '../../../schema/pushes.ts';
import { finishingLate, withoutClaims } from '../breaks.ts';
import { noFaults } from '../faults.ts';
import type { Setting } from './world.ts';

/** Each breaks one rule of the protocol from outside, at a port. The simulation must notice every one of them. */
type Mutation = {
  rule: string;
  noticed: RegExp;
  /** Where it is met more often. */
  around?: Partial<Setting>;
} & Pick<Setting, 'mutateWorld' | 'mutateHandler'>;

/** What lists ask of memory first; others ask for more, or for nothing. */
const glance = 10;

const endless = Number.MAX_SAFE_INTEGER;
const calm: Partial<Setting> = { rates: noFaults, loss: 'none' };

/** Notes beside everything else that Redis may lose. */
const notesIn = (keys: Keyspace): App['unannounced'] => {
  const name = 'notes';
  const notes = () => new Map(keys.get<ReadonlyMap<string, Note>>(name) ?? []);
  const keep = (all: ReadonlyMap<string, Note>) => keys.set(name, all, endless);
  const idOf = (note: Note) => JSON.stringify(note);
  return {
    note: async (note) => keep(notes().set(idOf(note), note)),
    forget: async (note) => {
      const all = notes();
      all.delete(idOf(note));
      keep(all);
    },
    all: async function* () {
      yield* notes().values();
    },
  };
};

/** The last mark counts, not the highest. */
const lastMark = ({ receipts }: App): App['receipts'] => {
  const last = new Map<string, Watermarks>();
  const markOf = (conversation: string, user: UserId) =>
    last.get(`${conversation} ${user}`) ?? { user, delivered: 0, read: 0 };
  return {
    ...receipts,
    of: async (conversation) =>
      (await receipts.of(conversation)).map(({ user }) => markOf(conversation, user)),
    own: async (conversation, user) => markOf(conversation, user),
    store: async (mark) => {
      const { conversation, user, kind, seq } = mark;
      const before = markOf(conversation, user);
      last.set(`${conversation} ${user}`, {
        ...before,
        delivered: seq,
        ...(kind === 'read' && { read: seq }),
      });
      await receipts.store(mark);
    },
    raise: async ({ conversation, user }) => ({ ...markOf(conversation, user), rose: true }),
  };
};

/** Members as memory has them, and whoever once was one. */
const everyoneIn = ({ conversations }: App): App['conversations'] => {
  const ever = new Map<ConversationId, Map<UserId, Member>>();
  return {
    ...conversations,
    members: async (conversation) => {
      const all = ever.get(conversation) ?? new Map<UserId, Member>();
      for (const member of await conversations.members(conversation)) all.set(member.user, member);
      ever.set(conversation, all);
      return [...all.values()];
    },
  };
};

/** Redis forgets who is writing once they have marked somebody. */
const withoutSigns = (app: App, keys: Keyspace): App => ({
  ...app,
  connections: {
    ...app.connections,
    mark: (user, conversation) => {
      keys.delete(conversationKeys(conversation).writers);
      return app.connections.mark(user, conversation);
    },
  },
});

export const mutations: Mutation[] = [
  {
    rule: 'a late finish that fills the newest entries',
    noticed: /I6: .* shows|I10/,
    // Where something went wrong, the sweep forgets what this leaves behind.
    around: calm,
    mutateWorld: finishingLate,
  },
  {
    rule: 'members that change without a claim',
    noticed: /I8|members/,
    mutateWorld: withoutClaims,
  },
  {
    rule: 'notes that only Redis keeps',
    noticed: /I5|I6|I10|members|blocks/,
    around: { loss: 'wipe' },
    mutateWorld: (app, keys) => ({ ...app, unannounced: notesIn(keys) }),
  },
  {
    rule: 'receipts that go back',
    noticed: /I7/,
    mutateWorld: (app) => ({ ...app, receipts: lastMark(app) }),
  },
  {
    rule: 'a revocation whose mark is ignored',
    noticed: /I15/,
    mutateWorld: (app) => ({
      ...app,
      connections: { ...app.connections, revoke: (user, device) => app.connections.drop(user, { device }) },
    }),
  },
  {
    rule: 'a registration by whatever epoch there is',
    noticed: /I15/,
    around: { loss: 'wipe', rates: { ...noFaults, slow: 0.1 } },
    mutateWorld: (app) => ({
      ...app,
      connections: {
        ...app.connections,
        register: async (registration, _epoch, handshakes) => {
          const { register, epoch } = app.connections;
          return register(registration, await epoch(registration.user), handshakes);
        },
      },
    }),
  },
  {
    rule: 'a token whose end is ignored',
    noticed: /I15/,
    mutateWorld: (app) => ({
      ...app,
      connections: {
        ...app.connections,
        register: (registration, epoch, handshakes) =>
          app.connections.register({ ...registration, expiresAt: endless }, epoch, handshakes),
      },
    }),
  },
  {
    rule: 'a sync that trusts a head that is being written to',
    noticed: /I5|I6/,
    around: { rates: { ...noFaults, slow: 0.1 }, drops: 0.9, loss: 'none' },
    mutateHandler: (app) => ({
      ...app,
      conversations: {
        ...app.conversations,
        look: async (...asked) => {
          const seen = await app.conversations.look(...asked);
          return seen.kind === 'seen' ? { ...seen, believed: true, writing: false } : seen;
        },
      },
    }),
  },
  {
    rule: 'a change that is marked in no inbox',
    noticed: /I5|I6/,
    mutateHandler: (app) => ({
      ...app,
      connections: {
        ...app.connections,
        mark: async (user) => {
          const { inbox } = await app.connections.changes(user, Number.MAX_SAFE_INTEGER);
          const connections = await app.connections.live(user);
          return { inbox: { prev: inbox.version, version: inbox.version }, connections };
        },
      },
    }),
  },
  {
    rule: 'a user who is away as soon as a connection ends',
    noticed: /I12/,
    around: calm,
    mutateWorld: (app) => ({
      ...app,
      presence: {
        ...app.presence,
        look: async (user) => {
          const looked = await app.presence.look(user);
          const online = (await app.connections.live(user)).length > 0;
          return { ...looked, now: { user, online }, changed: looked.changed || !online };
        },
      },
    }),
  },
  {
    rule: 'a sweep that tells nobody',
    noticed: /I12/,
    around: calm,
    mutateWorld: (app) => ({
      ...app,
      presence: {
        ...app.presence,
        look: async (user) => ({ ...(await app.presence.look(user)), changed: false }),
      },
    }),
  },
  {
    rule: 'a last owner who hands over to nobody',
    noticed: /no owner/,
    mutateHandler: (app) => ({
      ...app,
      members: {
        ...app.members,
        of: async (conversation) =>
          (await app.members.of(conversation)).map((member) => ({ ...member, role: 'owner' as const })),
      },
    }),
  },
  {
    rule: 'a list that lags by an entry',
    noticed: /I11/,
    mutateHandler: (app) => ({
      ...app,
      conversations: {
        ...app.conversations,
        look: async (conversation, user, entries) => {
          const seen = await app.conversations.look(conversation, user, entries);
          if (entries !== glance || seen.kind !== 'seen') return seen;
          const seq = Math.max(1, seen.head.seq - 1);
          return {
            ...seen,
            head: { ...seen.head, seq },
            recent: seen.recent.filter((one) => one.seq <= seq),
          };
        },
      },
    }),
  },
  {
    rule: 'a block that memory does not hear of',
    noticed: /blocks: .* was written/,
    mutateWorld: (app) => ({
      ...app,
      conversations: {
        ...app.conversations,
        rebuild: (rebuilt) =>
          app.conversations.rebuild({
            ...rebuilt,
            members: rebuilt.members.map(({ blocking: _, ...member }) => member),
          }),
      },
    }),
  },
  {
    rule: 'a block that hides nobody',
    noticed: /blocks: .* saw/,
    mutateWorld: (app) => ({ ...app, presence: { ...app.presence, hide: async () => {} } }),
  },
  {
    rule: 'a draining that finds nobody',
    noticed: /drain/,
    around: calm,
    mutateWorld: (app) => ({ ...app, beats: { ...app.beats, all: async function* () {} } }),
  },
  {
    rule: 'typing that is told to former members',
    noticed: /I8: .* is typing/,
    mutateWorld: (app) => ({ ...app, conversations: everyoneIn(app) }),
  },
  {
    rule: 'a lost sign that nobody misses',
    noticed: /I5|I6/,
    around: { rates: { ...noFaults, slow: 0.1 }, drops: 0.9, loss: 'none', mutateWorld: withoutSigns },
    mutateHandler: (app) => ({
      ...app,
      conversations: {
        ...app.conversations,
        finish: async (finished) => ({ ...(await app.conversations.finish(finished)), signed: true }),
      },
    }),
  },
];
