import type { Entry } from '../../schema/entries.ts';
import type { Tables } from '../cassandra/tables.ts';
import type { Messages } from './port.ts';

export const memoryMessages = (tables: Tables): Messages => {
  const log = (conversation: string) => tables.table<Entry>(`messages:${conversation}`);
  const months = tables.table<number>('months');
  return {
    append: async (entry) => {
      const rows = log(entry.conversation);
      const taken = rows.get(String(entry.seq));
      if (taken) return taken;
      rows.set(String(entry.seq), entry);
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
  };
};
