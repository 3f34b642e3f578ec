import type { App } from '../../lib/app.ts';
import { createTables } from '../../lib/cassandra/tables.ts';
import { memoryMessages } from '../../lib/messages/memory.ts';
import type { Messages, Range, Standing } from '../../lib/messages/port.ts';
import type { Entry } from '../../schema/entries.ts';
import type { UserId } from '../../schema/ids.ts';
import { finishingLate, withoutClaims } from './breaks.ts';
import { noFaults } from './faults.ts';
import type { Setting } from './world.ts';

/** Each breaks one rule of the protocol from outside, at a port. The simulation must notice every one of them. */
export type Mutation = {
  rule: string;
  noticed: RegExp;
  /** Where it shows best. */
  around?: Partial<Pick<Setting, 'rates' | 'loss'>>;
} & Pick<Setting, 'mutateWorld' | 'mutateHandler'>;

/** What the walk asks when it climbs; readers ask for less. */
const isClimb = ({ order, limit }: Range) => order === 'up' && limit === 500;

const climbing = (app: App, change: (entries: Entry[], range: Range) => Entry[]): App => ({
  ...app,
  messages: {
    ...app.messages,
    range: async (conversation, range) => {
      const entries = await app.messages.range(conversation, range);
      return isClimb(range) ? change(entries, range) : entries;
    },
  },
});

/** A log whose insert does not look whether its number is free. */
const unconditional = (): Messages => {
  let inserting = false;
  const tables = createTables();
  const messages = memoryMessages({
    table: <T>(name: string) => {
      const rows = tables.table<T>(name);
      return {
        get: (key: string) => (inserting ? undefined : rows.get(key)),
        set: (key: string, value: T) => rows.set(key, value),
        values: () => rows.values(),
      } as unknown as Map<string, T>;
    },
  });
  return {
    ...messages,
    append: (entry) => {
      inserting = true;
      const answer = messages.append(entry);
      inserting = false;
      return answer;
    },
  };
};

/** What lies below the highest that was seen counts as seen. */
const filled = (entries: Entry[], { low }: Range): Entry[] => {
  const [template] = entries;
  if (!template) return [];
  const there = new Map(entries.map((entry) => [entry.seq, entry]));
  const last = Math.max(...there.keys());
  const hole = { ...template, from: 'nobody' as UserId, key: 'a hole' };
  return Array.from({ length: last - low + 1 }, (_, i) => there.get(low + i) ?? { ...hole, seq: low + i });
};

/** A row that does not say who changed it. */
const untold = (standing: Standing | undefined): Standing | undefined => {
  if (!standing) return undefined;
  const { change: _, ...rest } = standing;
  return rest;
};

export const mutations: Mutation[] = [
  {
    rule: 'an insert without its condition',
    noticed: /I1|I3/,
    mutateWorld: (app) => ({ ...app, messages: unconditional() }),
  },
  {
    rule: 'a walk that jumps without looking',
    noticed: /I2/,
    mutateHandler: (app) =>
      climbing(app, (entries) => entries.map((entry) => ({ ...entry, key: 'not looked at' }))),
  },
  {
    rule: 'a range that counts past a missing number',
    noticed: /I2/,
    mutateHandler: (app) => climbing(app, filled),
  },
  {
    rule: 'an `after` that is ignored',
    noticed: /I2/,
    mutateHandler: (app) => ({
      ...app,
      conversations: {
        ...app.conversations,
        enter: (attempt) => app.conversations.enter({ ...attempt, after: 'nowhere' }),
      },
    }),
  },
  {
    rule: 'a finish that raises without its base',
    noticed: /I8/,
    around: { loss: 'rollback', rates: { ...noFaults, slow: 0.02 } },
    mutateHandler: (app) => ({
      ...app,
      conversations: {
        ...app.conversations,
        finish: (finished) => app.conversations.finish({ ...finished, base: 0 }),
      },
    }),
  },
  {
    rule: 'a rebuild that ignores its token',
    noticed: /I1|I8/,
    // Calls that take long show it; what fails besides makes it rarer.
    around: { loss: 'wipe', rates: { ...noFaults, slow: 0.02 } },
    mutateHandler: (app) => ({
      ...app,
      conversations: {
        ...app.conversations,
        rebuild: async (rebuilt) => {
          const token = await app.conversations.startRebuild(rebuilt.conversation, rebuilt.token);
          return app.conversations.rebuild({ ...rebuilt, token });
        },
      },
    }),
  },
  {
    rule: 'a late finish that fills the newest entries',
    noticed: /I1:|I10/,
    // Where something went wrong, the sweep forgets what this leaves behind.
    around: { rates: noFaults, loss: 'none' },
    mutateWorld: finishingLate,
  },
  {
    rule: 'members that change without a claim',
    noticed: /I8|members/,
    mutateWorld: withoutClaims,
  },
  {
    rule: 'no notes',
    noticed: /I1:|I5|I10|members/,
    mutateWorld: (app) => ({
      ...app,
      unannounced: { ...app.unannounced, note: async () => {}, forget: async () => {} },
    }),
  },
  {
    rule: "a change over another's that was never told",
    noticed: /I10/,
    mutateHandler: (app) => ({
      ...app,
      messages: { ...app.messages, standing: async (...at) => untold(await app.messages.standing(...at)) },
    }),
  },
];
