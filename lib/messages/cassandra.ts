import type { Entry } from '../../schema/entries.ts';
import type { ConversationId } from '../../schema/ids.ts';
import type { Cassandra } from '../cassandra/client.ts';
import { bucketOf, firstOf, lastOf } from './buckets.ts';
import { cassandraChanges } from './changes-cassandra.ts';
import type { Messages } from './port.ts';
import { bodyOf, columns, kinds, pack, readEntry } from './rows.ts';

const statements = {
  insert: `INSERT INTO messages_by_conversation
    (conversation_id, bucket, seq, kind, type, sender, key, ts, body, version, deleted)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS`,
  insertChange: `INSERT INTO messages_by_conversation
    (conversation_id, bucket, seq, kind, type, sender, key, ts, body, version, deleted, target)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS`,
  at: `SELECT ${columns} FROM messages_by_conversation WHERE conversation_id = ? AND bucket = ? AND seq = ?`,
  down: `SELECT ${columns} FROM messages_by_conversation
    WHERE conversation_id = ? AND bucket = ? AND seq >= ? AND seq <= ? ORDER BY seq DESC LIMIT ?`,
  up: `SELECT ${columns} FROM messages_by_conversation
    WHERE conversation_id = ? AND bucket = ? AND seq >= ? AND seq <= ? ORDER BY seq ASC LIMIT ?`,
  last: `SELECT seq, ts FROM messages_by_conversation
    WHERE conversation_id = ? AND bucket = ? ORDER BY seq DESC LIMIT 1`,
  month: 'SELECT first_seq FROM months_by_conversation WHERE conversation_id = ? AND month = ?',
  keepMonth: 'INSERT INTO months_by_conversation (conversation_id, month, first_seq) VALUES (?, ?, ?)',
};

export const cassandraMessages = (cassandra: Cassandra): Messages => ({
  ...cassandraChanges(cassandra),

  append: async (entry) => {
    const { conversation, seq, from, key, ts } = entry;
    const kind = kinds[entry.type];
    const type = entry.type === 'message.new' ? entry.messageType : kind;
    const row = [
      conversation,
      bucketOf(seq),
      seq,
      kind,
      type,
      from,
      key,
      new Date(ts),
      pack(bodyOf(entry)),
      0,
      false,
    ];
    const taken = await ('target' in entry
      ? cassandra.writeIf(statements.insertChange, [...row, entry.target])
      : cassandra.writeIf(statements.insert, row));
    if (taken === undefined) return 'stored';
    return taken === 'unknown' ? 'unknown' : readEntry(taken);
  },

  at: async (conversation, seq) => {
    const [row] = await cassandra.read(statements.at, [conversation, bucketOf(seq), seq]);
    return row && readEntry(row);
  },

  range: async (conversation, { low, high, limit, order, reading = 'decisive' }) => {
    const entries: Entry[] = [];
    const statement = order === 'up' ? statements.up : statements.down;
    const step = order === 'up' ? 1 : -1;
    const from = order === 'up' ? low : high;
    for (let bucket = bucketOf(from); entries.length < limit && low <= high; bucket += step) {
      const rest = limit - entries.length;
      const [first, last] = [Math.max(low, firstOf(bucket)), Math.min(high, lastOf(bucket))];
      if (first > last) break;
      const values = [conversation, bucket, first, last, rest];
      const rows = await cassandra.read(statement, values, { limit: rest, reading });
      entries.push(...rows.map(readEntry));
      // Upwards the end is not known: a bucket without its last number is the last one.
      if (order === 'up' && entries.at(-1)?.seq !== lastOf(bucket)) break;
    }
    return entries;
  },

  head: async (conversation, hint) => {
    let head = { seq: 0, ts: 0 };
    for (let bucket = bucketOf(hint); ; bucket++) {
      const [row] = await cassandra.read(statements.last, [conversation, bucket]);
      if (row) head = { seq: Number(row.seq), ts: row.ts.getTime() };
      if (head.seq !== lastOf(bucket)) return head;
    }
  },

  month: async (conversation, month) => {
    const [row] = await cassandra.read(statements.month, [conversation, month]);
    return row && Number(row.first_seq);
  },

  keepMonth: (conversation: ConversationId, month, firstSeq) =>
    cassandra.write(statements.keepMonth, [conversation, month, firstSeq]),
});
