import type { Entry, MessageNew } from '../../schema/entries.ts';
import type { Tables } from '../cassandra/tables.ts';
import {
  gatherReactions,
  isBy,
  type Messages,
  type ReactionPlace,
  type Standing,
  type StandingReaction,
} from './port.ts';

/** An entry holds no text that it only names. */
const stored = (entry: Entry): Entry => {
  if (entry.type !== 'message.edited') return entry;
  const { text: _, ...rest } = entry;
  return rest;
};

export const memoryMessages = (tables: Tables): Messages => {
  const log = (conversation: string) => tables.table<Entry>(`messages:${conversation}`);
  const changes = tables.table<Standing['change']>('changes');
  const months = tables.table<number>('months');
  const reactionsOf = (conversation: string) =>
    tables.table<ReactionPlace & StandingReaction>(`reactions:${conversation}`);
  const nameOf = ({ seq, user, emoji }: ReactionPlace) => `${seq} ${user} ${emoji}`;

  const standing = (conversation: string, seq: number): Standing | undefined => {
    const message = log(conversation).get(String(seq));
    if (message?.type !== 'message.new') return undefined;
    const change = changes.get(`${conversation} ${seq}`);
    return { message, version: message.version ?? 0, ...(change && { change }) };
  };

  return {
    append: async (entry) => {
      const rows = log(entry.conversation);
      const taken = rows.get(String(entry.seq));
      if (taken) return taken;
      rows.set(String(entry.seq), stored(entry));
      return 'stored';
    },
    at: async (conversation, seq) => log(conversation).get(String(seq)),
    range: async (conversation, { low, high, limit, order }) =>
      [...log(conversation).values()]
        .filter(({ seq }) => seq >= low && seq <= high)
        .sort((a, b) => (order === 'up' ? a.seq - b.seq : b.seq - a.seq))
        .slice(0, limit),
    head: async (conversation) =>
      [...log(conversation).values()].reduce((head, { seq, ts }) => (seq > head.seq ? { seq, ts } : head), {
        seq: 0,
        ts: 0,
      }),
    month: async (conversation, month) => months.get(`${conversation} ${month}`),
    keepMonth: async (conversation, month, firstSeq) => {
      months.set(`${conversation} ${month}`, firstSeq);
    },

    standing: async (conversation, seq) => standing(conversation, seq),
    patch: async ({ conversation, seq, version, change, to }) => {
      const now = standing(conversation, seq);
      if (!now) return 'unknown';
      if (now.version !== version || now.message.deleted) return isBy(now.change, change) ? 'patched' : now;
      const { replyTo: _, ...rest } = now.message;
      const changed: MessageNew = !to
        ? now.message
        : 'deleted' in to
          ? { ...rest, text: '', deleted: true }
          : { ...rest, ...to };
      log(conversation).set(String(seq), { ...changed, version: version + 1 });
      changes.set(`${conversation} ${seq}`, change);
      return 'patched';
    },
    reaction: async (place) => reactionsOf(place.conversation).get(nameOf(place)),
    patchReaction: async ({ version, change, present, ...place }) => {
      const rows = reactionsOf(place.conversation);
      const now = rows.get(nameOf(place));
      if ((now?.version ?? 0) !== version) return now && !isBy(now.change, change) ? now : 'patched';
      rows.set(nameOf(place), { ...place, present, version: version + 1, change });
      return 'patched';
    },
    reactions: async (conversation, low, high) => {
      const rows = [...reactionsOf(conversation).values()];
      return gatherReactions(rows.filter(({ seq, present }) => present && seq >= low && seq <= high));
    },
  };
};
