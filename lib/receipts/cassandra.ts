import type { DeviceId, UserId } from '../../schema/ids.ts';
import type { Cassandra, Row } from '../cassandra/client.ts';
import { bucketOf } from '../messages/buckets.ts';
import type { MarkKind, Pass, StoredReceipts } from './port.ts';

/**
 * A watermark's write time is its own value: whatever the order in which marks arrive, the highest stands, without a
 * condition and without a read. No other table is written with a time of its own.
 */
const statements = {
  read: `INSERT INTO receipts_by_conversation (conversation_id, user_id, delivered_seq, read_seq)
    VALUES (?, ?, ?, ?) USING TIMESTAMP ?`,
  delivered: `INSERT INTO receipts_by_conversation (conversation_id, user_id, delivered_seq)
    VALUES (?, ?, ?) USING TIMESTAMP ?`,
  of: 'SELECT user_id, delivered_seq, read_seq FROM receipts_by_conversation WHERE conversation_id = ?',
  log: `INSERT INTO receipt_log (conversation_id, bucket, seq, user_id, kind, device_id, at)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  passes: `SELECT seq, user_id, kind, device_id, at FROM receipt_log
    WHERE conversation_id = ? AND bucket = ? AND seq >= ?`,
};

const readPass = (row: Row): Pass => ({
  user: row.user_id as UserId,
  device: row.device_id as DeviceId,
  kind: row.kind as MarkKind,
  seq: Number(row.seq),
  at: row.at.getTime(),
});

export const cassandraReceipts = (cassandra: Cassandra): StoredReceipts => ({
  of: async (conversation) =>
    (await cassandra.readAll(statements.of, [conversation])).map((row) => ({
      user: row.user_id as UserId,
      delivered: Number(row.delivered_seq ?? 0),
      read: Number(row.read_seq ?? 0),
    })),

  store: async ({ conversation, user, device, kind, seq, at }) => {
    const bucket = bucketOf(seq);
    await cassandra.write(statements.log, [conversation, bucket, seq, user, kind, device, new Date(at)]);
    const watermarks = kind === 'read' ? [seq, seq] : [seq];
    await cassandra.write(statements[kind], [conversation, user, ...watermarks, seq]);
  },

  passes: async function* (conversation, low, high) {
    for (let bucket = bucketOf(low); bucket <= bucketOf(high); bucket++) {
      for await (const rows of cassandra.pages(statements.passes, [conversation, bucket, low])) {
        yield rows.map(readPass);
      }
    }
  },
});
