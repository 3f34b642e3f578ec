import type { DeviceId, UserId } from '../../schema/ids.ts';
import type { Watermarks } from '../../schema/pushes.ts';
import type { Cassandra, Row } from '../cassandra/client.ts';
import { AppError } from '../errors.ts';
import { bucketOf } from '../messages/buckets.ts';
import { isPassedBy, type Mark, type MarkKind, type Pass, raisedBy, type StoredReceipts } from './port.ts';

const statements = {
  first: `INSERT INTO receipts_by_conversation (conversation_id, user_id, kind, seq)
    VALUES (?, ?, ?, ?) IF NOT EXISTS`,
  raise: `UPDATE receipts_by_conversation SET seq = ?
    WHERE conversation_id = ? AND user_id = ? AND kind = ? IF seq = ?`,
  of: 'SELECT user_id, kind, seq FROM receipts_by_conversation WHERE conversation_id = ?',
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

/** Each refusal shows a higher watermark: so many others may raise the same one at once. */
const attempts = 8;
/** Answers that may fail to come. */
const patience = 2;

export const cassandraReceipts = (cassandra: Cassandra): StoredReceipts => {
  const raise = ({ conversation, user, kind, seq }: Mark, from: number) =>
    from === 0
      ? cassandra.writeIf(statements.first, [conversation, user, kind, seq])
      : cassandra.writeIf(statements.raise, [seq, conversation, user, kind, from]);

  const log = ({ conversation, user, device, kind, seq, at }: Mark) =>
    cassandra.write(statements.log, [conversation, bucketOf(seq), seq, user, kind, device, new Date(at)]);

  /** From where it was last seen, until it is as high: a refusal shows where it stands. */
  const climb = async (mark: Mark, seen: number) => {
    let from = seen;
    let silent = 0;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const there = await raise(mark, from);
      if (there === undefined) return;
      // The same again finds out.
      if (there === 'unknown' && ++silent < patience) continue;
      if (there === 'unknown') break;
      from = Number(there.seq ?? 0);
      if (from >= mark.seq) return;
    }
    throw new AppError('unavailable', 'unable to mark; the store is slow or many mark at once');
  };

  return {
    of: async (conversation) => {
      const found = new Map<UserId, Watermarks>();
      for (const row of await cassandra.readAll(statements.of, [conversation])) {
        const user = row.user_id as UserId;
        const passed = { kind: row.kind as MarkKind, seq: Number(row.seq) };
        found.set(user, raisedBy(found.get(user) ?? { user, delivered: 0, read: 0 }, passed));
      }
      return [...found.values()];
    },

    store: async (mark, before) => {
      await log(mark);
      await climb(mark, before?.[mark.kind] ?? 0);
    },

    pass: async (mark) => {
      const { conversation, seq } = mark;
      for await (const rows of cassandra.pages(statements.passes, [conversation, bucketOf(seq), seq])) {
        if (rows.map(readPass).some((row) => isPassedBy(mark, row))) return;
        // One page: what a mark costs has an end.
        break;
      }
      await log(mark);
    },

    passes: async function* (conversation, low, high) {
      for (let bucket = bucketOf(low); bucket <= bucketOf(high); bucket++) {
        for await (const rows of cassandra.pages(statements.passes, [conversation, bucket, low])) {
          yield rows.map(readPass);
        }
      }
    },
  };
};
