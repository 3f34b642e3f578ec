import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { Watermarks } from '../../schema/pushes.ts';
import type { Tables } from '../cassandra/tables.ts';
import { conversationKeys, ttlMs } from '../redis/keys.ts';
import type { Keyspace } from '../redis/keyspace.ts';
import { isPassedBy, type Mark, type Pass, type Receipts, raisedBy, type StoredReceipts } from './port.ts';

const none = (user: UserId): Watermarks => ({ user, delivered: 0, read: 0 });

const marksOf = (tables: Tables, conversation: ConversationId) =>
  tables.table<Watermarks>(`receipts:${conversation}`);

/** Rows of one page of the log. */
const pageRows = 1_000;

export const memoryStoredReceipts = (tables: Tables): StoredReceipts => {
  const logOf = (conversation: ConversationId) => tables.table<Pass>(`receipt-log:${conversation}`);
  const log = ({ conversation, ...pass }: Mark) => {
    const { user, device, kind, seq } = pass;
    logOf(conversation).set(`${seq} ${user} ${kind} ${device}`, pass);
  };
  return {
    of: async (conversation) => [...marksOf(tables, conversation).values()],
    store: async (mark) => {
      const { conversation, user } = mark;
      log(mark);
      const marks = marksOf(tables, conversation);
      marks.set(user, raisedBy(marks.get(user) ?? none(user), mark));
    },
    pass: async (mark) => {
      if (![...logOf(mark.conversation).values()].some((row) => isPassedBy(mark, row))) log(mark);
    },
    passes: async function* (conversation, low) {
      const rows = [...logOf(conversation).values()].filter(({ seq }) => seq >= low);
      rows.sort((a, b) => a.seq - b.seq);
      for (let i = 0; i < rows.length; i += pageRows) yield rows.slice(i, i + pageRows);
    },
  };
};

export const memoryReceipts = ({ keys, tables }: { keys: Keyspace; tables: Tables }): Receipts => {
  const stored = memoryStoredReceipts(tables);
  type Known = ReadonlyMap<UserId, Watermarks>;
  const keyOf = (conversation: ConversationId) => conversationKeys(conversation).receipts;

  /** In one tick: no mark comes between the table and what is remembered of it. */
  const remembered = (conversation: ConversationId): Known => {
    const known = keys.get<Known>(keyOf(conversation));
    if (known) return known;
    const rebuilt = new Map([...marksOf(tables, conversation).values()].map((marks) => [marks.user, marks]));
    keys.set(keyOf(conversation), rebuilt, ttlMs.receipts);
    return rebuilt;
  };

  return {
    of: async (conversation) => [...remembered(conversation).values()],
    own: async (conversation, user) => remembered(conversation).get(user) ?? none(user),
    store: stored.store,
    pass: stored.pass,
    raise: async (mark) => {
      const known = keys.get<Map<UserId, Watermarks>>(keyOf(mark.conversation));
      if (!known) return undefined;
      const before = known.get(mark.user) ?? none(mark.user);
      const raised = raisedBy(before, mark);
      // In its place: it must not live longer for it.
      known.set(mark.user, raised);
      return { ...raised, rose: raised.delivered > before.delivered || raised.read > before.read };
    },
    passes: stored.passes,
  };
};
