import type { App } from '../../../lib/app.ts';
import type { Keyspace } from '../../../lib/redis/keyspace.ts';
import type { Note } from '../../../lib/unannounced/port.ts';
import type { UserId } from '../../../schema/ids.ts';
import type { Watermarks } from '../../../schema/pushes.ts';
import { noFaults } from '../faults.ts';
import type { Setting } from './world.ts';

/** Each breaks one rule of the protocol from outside, at a port. The simulation must notice every one of them. */
type Mutation = {
  rule: string;
  noticed: RegExp;
  /** Where it is met more often. */
  around?: Partial<Setting>;
} & Pick<Setting, 'mutateWorld' | 'mutateHandler'>;

const endless = Number.MAX_SAFE_INTEGER;
const calm: Partial<Setting> = { rates: noFaults, loss: 'none' };

/** Notes beside everything else that Redis may lose. */
const notesIn = (keys: Keyspace): App['unannounced'] => {
  const name = 'notes';
  const notes = () => new Map(keys.get<ReadonlyMap<string, Note>>(name) ?? []);
  const keep = (all: ReadonlyMap<string, Note>) => keys.set(name, all, Number.MAX_SAFE_INTEGER);
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

export const mutations: Mutation[] = [
  {
    rule: 'a late finish that fills the newest entries',
    noticed: /I1:|I3|I6|I10/,
    // Where something went wrong, the sweep forgets what this leaves behind.
    around: calm,
    mutateWorld: (app) => ({
      ...app,
      conversations: {
        ...app.conversations,
        finish: (finished) => {
          const { conversation, sender, recent } = finished;
          const late = async () => {
            const seen = await app.conversations.look(conversation, sender, 1);
            const patched = seen.kind === 'seen' ? seen.patched : '';
            if (recent) await app.conversations.finish({ ...finished, recent: { ...recent, patched } });
          };
          // The network doubles a call now and then; this one comes when the entry was changed.
          void app.clock.pause(3_000).then(late);
          return app.conversations.finish(finished);
        },
      },
    }),
  },
  {
    rule: 'members that change without a claim',
    noticed: /I8|members/,
    mutateWorld: (app) => ({
      ...app,
      members: {
        ...app.members,
        change: (conversation, row) =>
          app.members.change(conversation, { ...row, state: row.state === 'leaving' ? 'in' : row.state }),
      },
    }),
  },
  {
    rule: 'notes that only Redis keeps',
    noticed: /I5|I6|I10|members/,
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
    around: { loss: 'wipe' },
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
];
