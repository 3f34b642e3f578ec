import type { MessageNew } from '../../schema/entries.ts';
import type { UserId } from '../../schema/ids.ts';
import type { Cassandra, Row } from '../cassandra/client.ts';
import { bucketOf, firstOf, lastOf } from './buckets.ts';
import {
  gatherReactions,
  isBy,
  type Messages,
  type Patch,
  type ReactionPlace,
  type Standing,
  type StandingReaction,
} from './port.ts';
import { columns, kinds, pack, packChange, readChange, readEntry } from './rows.ts';

const statements = {
  standing: `SELECT ${columns}, last_change FROM messages_by_conversation
    WHERE conversation_id = ? AND bucket = ? AND seq = ?`,
  patch: `UPDATE messages_by_conversation SET body = ?, version = ?, deleted = ?, last_change = ?
    WHERE conversation_id = ? AND bucket = ? AND seq = ? IF version = ? AND deleted = ?`,
  raise: `UPDATE messages_by_conversation SET version = ?, last_change = ?
    WHERE conversation_id = ? AND bucket = ? AND seq = ? IF version = ? AND deleted = ?`,
  reaction: `SELECT present, version, last_change FROM reactions_by_conversation
    WHERE conversation_id = ? AND bucket = ? AND seq = ? AND user_id = ? AND emoji = ?`,
  firstReaction: `INSERT INTO reactions_by_conversation
    (conversation_id, bucket, seq, user_id, emoji, present, version, last_change)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS`,
  patchReaction: `UPDATE reactions_by_conversation SET present = ?, version = ?, last_change = ?
    WHERE conversation_id = ? AND bucket = ? AND seq = ? AND user_id = ? AND emoji = ? IF version = ?`,
  reactions: `SELECT seq, user_id, emoji, present FROM reactions_by_conversation
    WHERE conversation_id = ? AND bucket = ? AND seq >= ? AND seq <= ?`,
};

const readReaction = (row: Row): StandingReaction => {
  const change = readChange(row.last_change);
  return { present: row.present, version: Number(row.version), ...(change && { change }) };
};

const placeOf = ({ conversation, seq, user, emoji }: ReactionPlace) => [
  conversation,
  bucketOf(seq),
  seq,
  user,
  emoji,
];

type Changes = Pick<Messages, 'patch' | 'standing' | 'patchReaction' | 'reaction' | 'reactions'>;

/** Changes of what the log holds: each conditional on the version that was read. */
export const cassandraChanges = (cassandra: Cassandra): Changes => {
  const standing: Messages['standing'] = async (conversation, seq): Promise<Standing | undefined> => {
    const [row] = await cassandra.read(statements.standing, [conversation, bucketOf(seq), seq]);
    if (row?.kind !== kinds['message.new']) return undefined;
    const change = readChange(row.last_change);
    const message = readEntry(row) as MessageNew;
    return { message, version: Number(row.version), ...(change && { change }) };
  };

  const reaction: Messages['reaction'] = async (place) => {
    const [row] = await cassandra.read(statements.reaction, placeOf(place));
    return row && readReaction(row);
  };

  const apply = ({ conversation, seq, version, change, to }: Patch) => {
    const where = [conversation, bucketOf(seq), seq, version, false];
    if (!to) return cassandra.writeIf(statements.raise, [version + 1, packChange(change), ...where]);
    const body = pack('deleted' in to ? { text: '' } : to);
    const values = [body, version + 1, 'deleted' in to, packChange(change), ...where];
    return cassandra.writeIf(statements.patch, values);
  };

  return {
    standing,
    reaction,

    patch: async (patch) => {
      const refused = await apply(patch);
      if (refused === undefined) return 'patched';
      if (refused === 'unknown') return 'unknown';
      // A refusal shows the columns of its condition only.
      const now = await standing(patch.conversation, patch.seq);
      if (!now) return 'unknown';
      return isBy(now.change, patch.change) ? 'patched' : now;
    },

    patchReaction: async ({ version, change, present, ...place }) => {
      const made = [present, version + 1, packChange(change)];
      const refused = await (version === 0
        ? cassandra.writeIf(statements.firstReaction, [...placeOf(place), ...made])
        : cassandra.writeIf(statements.patchReaction, [...made, ...placeOf(place), version]));
      if (refused === undefined) return 'patched';
      if (refused === 'unknown') return 'unknown';
      const now = await reaction(place);
      if (!now) return 'unknown';
      return isBy(now.change, change) ? 'patched' : now;
    },

    reactions: async (conversation, low, high) => {
      const found: Row[] = [];
      for (let bucket = bucketOf(low); bucket <= bucketOf(high); bucket++) {
        const range = [Math.max(low, firstOf(bucket)), Math.min(high, lastOf(bucket))];
        found.push(...(await cassandra.readAll(statements.reactions, [conversation, bucket, ...range])));
      }
      const present = found.filter((row) => row.present);
      return gatherReactions(
        present.map((row) => ({ seq: Number(row.seq), user: row.user_id as UserId, emoji: row.emoji })),
      );
    },
  };
};
